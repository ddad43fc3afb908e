import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Received, type Reply, startRemoteServer } from "../../test/remote-server.ts";
import { createTemporaryFolder } from "../../test/temporary-folder.ts";
import { runCli } from "./run-cli.ts";
import { wordsOf } from "./served-subject.ts";

const MODEL = join(import.meta.dirname, "../../zoo/models/base");
const WRITE =
  "task: t\ndataset_path: json\ndataset_kwargs: {data_files: {test: d}}\ntest_split: test\ndoc_to_text: q\ndoc_to_target: a\n";

function taskIn(folder: string, text: string = WRITE): string {
  writeFileSync(join(folder, "t.yaml"), text);
  writeFileSync(join(folder, "d"), '{"q": "one", "a": "yes"}\n{"q": "two", "a": "no"}\n');
  return join(folder, "t.yaml");
}

async function run(...args: readonly string[]) {
  const printed: string[] = [];
  const noted: string[] = [];
  const exitCode = await runCli([...args, "--json"], {
    print: (line) => printed.push(line),
    note: (line) => noted.push(line),
    redraw: undefined,
    now: () => performance.now(),
    signal: new AbortController().signal,
    cores: 1,
  });
  return { exitCode, json: JSON.parse(printed[0] ?? "null"), noted: noted.join("\n") };
}

const says = (text: string): Reply => ({ json: { choices: [{ text, finish_reason: "stop" }] } });

describe("eval --server", () => {
  it("asks a server for the model of this name, and remembers nothing beyond the command", async () => {
    const server = await startRemoteServer(({ body }) => says(body["prompt"] === "one" ? "yes" : "maybe"));
    const args = ["eval", "some-model", "--server", server.url, "--task", taskIn(createTemporaryFolder())];
    const { json } = await run(...args);
    expect(json.tasks.t.exact_match).toMatchObject({ value: 0.5, n: 2 });
    await run(...args);
    expect(server.received.map(({ body }) => body["model"])).toEqual(Array(4).fill("some-model"));
  });

  it("lets the server write chats", async () => {
    const server = await startRemoteServer(() => ({ json: { choices: [{ message: { content: "yes" } }] } }));
    const task = taskIn(createTemporaryFolder(), `${WRITE}description: "Be brief."\n`);
    const args = [
      "eval",
      "m",
      "--server",
      server.url,
      "--server-kind",
      "chat",
      "--apply-chat-template",
      "--task",
      task,
    ];
    expect((await run(...args)).json.tasks.t.exact_match.value).toBe(0.5);
    expect(server.received[0]!.body["messages"]).toEqual([
      { role: "system", content: "Be brief." },
      { role: "user", content: "one" },
    ]);
  });

  it("has SGLang read the weights, of a recipe too, and remembers by them", async () => {
    const answer = ({ path }: Received): Reply =>
      path === "/generate" ? { json: { text: "yes" } } : { json: { success: true, message: "" } };
    const server = await startRemoteServer(answer);
    const folder = createTemporaryFolder();
    const recipe = join(folder, "recipe.yaml");
    writeFileSync(
      recipe,
      `merge_method: linear\nmodels:\n  - model: ${MODEL}\n    parameters: {weight: 1}\ndtype: float32\n`,
    );
    const args = ["--server", server.url, "--server-kind", "sglang", "--task", taskIn(folder)];
    expect((await run("eval", MODEL, ...args)).json.tasks.t.exact_match.value).toBe(0.5);
    expect(server.received[0]).toMatchObject({ path: "/update_weights_from_disk", body: { model_path: MODEL } });
    const asked = server.received.length;
    expect((await run("eval", MODEL, ...args)).json.cost).toMatchObject({ requests: 2, remembered: 2 });
    expect(server.received).toHaveLength(asked);
    const merged = await run("eval", recipe, ...args);
    expect(merged.json.tasks.t.exact_match.value).toBe(0.5);
    expect(server.received[asked]!.body["model_path"]).toMatch(/merganser-model-.*model$/);
  });

  it.each([
    ["remote/bad_address", ["--server", "nowhere"]],
    ["cli/bad_usage", ["--server", "http://127.0.0.1:1", "--server-kind", "grpc"]],
    ["cli/bad_usage", ["--server", "http://127.0.0.1:1", "--key-env", "NO_SUCH_VARIABLE_HERE"]],
    ["cli/bad_usage", ["--server", "http://127.0.0.1:1", "--apply-chat-template"]],
    ["remote/unreachable", ["--server", "http://127.0.0.1:1", "--tries", "1"]],
  ])("says %s for %j", async (code, args) => {
    const { noted, exitCode } = await run("eval", "m", "--task", taskIn(createTemporaryFolder()), ...args);
    expect(noted).toContain(`[${code}]`);
    expect(exitCode).toBe(code === "remote/unreachable" ? 3 : 2);
  });
});

describe("eval --command", () => {
  const script = "console.log(JSON.stringify({results: {t: {'acc,none': process.argv[1].length > 5 ? 1 : 0}}}))";

  it("takes the scores of a program", async () => {
    const task = taskIn(createTemporaryFolder());
    const command = `${process.execPath} -e "${script}" {model}`;
    const { json } = await run("eval", MODEL, "--task", task, "--command", command);
    expect(json.tasks.t.acc).toEqual({ value: 1, n: null, low: null, high: null });
    const limited = await run("eval", MODEL, "--task", task, "--command", command, "--limit", "1");
    expect(limited.noted).toContain("[cli/bad_usage]");
    const items = await run("eval", MODEL, "--task", task, "--command", command, "--items", join(task, "x"));
    expect(items.noted).toContain("scores alone");
  });

  it("cuts commands into words", () => {
    expect(wordsOf(`lm_eval --model "a b" 'c "d"' e=f"g h" {out}`)).toEqual([
      "lm_eval",
      "--model",
      "a b",
      'c "d"',
      "e=fg h",
      "{out}",
    ]);
  });
});
