import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { expectCode } from "../../test/expect-code.ts";
import { createTemporaryFolder } from "../../test/temporary-folder.ts";
import type { CliIo } from "./cli-io.ts";
import { runCli } from "./run-cli.ts";
import { openSearch } from "./search-run.ts";

const ZOO = join(import.meta.dirname, "..", "..", "zoo");
const BASE = join(ZOO, "models", "base");

interface Outcome {
  readonly exitCode: number;
  readonly printed: readonly string[];
  readonly noted: string;
}

/** Runs a command line without a process. `onNote` sees each line that is not the result. */
async function run(
  args: readonly string[],
  { signal = new AbortController().signal, onNote = () => {} }: { signal?: AbortSignal; onNote?: () => void } = {},
): Promise<Outcome> {
  const printed: string[] = [];
  const noted: string[] = [];
  const note = (line: string): void => {
    noted.push(line);
    onNote();
  };
  const io: CliIo = {
    print: (line) => printed.push(line),
    note,
    redraw: undefined,
    now: () => performance.now(),
    signal,
    cores: 1,
  };
  const exitCode = await runCli(args, io);
  return { exitCode, printed, noted: noted.join("\n") };
}

/** A search over a few items, with a budget of a few candidates. */
function writeSearch(folder: string): string {
  for (const split of ["search", "holdout"]) {
    const lines = readFileSync(join(ZOO, "tasks", "gsm-ja", `${split}.jsonl`), "utf8").split("\n");
    writeFileSync(join(folder, `${split}.jsonl`), `${lines.slice(0, 4).join("\n")}\n`);
  }
  copyFileSync(join(ZOO, "tasks", "gsm-ja", "train.jsonl"), join(folder, "train.jsonl"));
  copyFileSync(join(ZOO, "tasks", "gsm-ja", "gsm-ja.yaml"), join(folder, "task.yaml"));
  const file = join(folder, "search.yaml");
  const text = readFileSync(join(ZOO, "demo.yaml"), "utf8")
    .replaceAll(/models\/(base|math-en|ja|code)\b/g, `${ZOO}/models/$1`)
    .replace(/file: \S+gsm-ja.yaml/, "file: task.yaml")
    .replace(/population: \d+/, "population: 4");
  writeFileSync(file, text);
  return file;
}

describe("a command line", () => {
  it("without a command prints what there is", async () => {
    const { exitCode, printed } = await run([]);
    expect(exitCode).toBe(0);
    expect(printed.join("\n")).toContain("evolve");
  });

  it.each([
    ["bad_usage", ["merge"]],
    ["bad_usage", ["merge", "a", "b", "--colour"]],
    ["bad_number", ["merge", "a", "b", "--threads", "two"]],
    ["bad_number", ["merge", "a", "b", "--threads", "0"]],
    ["unreadable", ["plan", "nowhere.yaml"]],
  ])("gives cli/%s for %j", async (name, args) => {
    const { exitCode, noted } = await run(args);
    expect(noted).toContain(`[cli/${name}]`);
    expect(exitCode).toBe(2);
  });

  it("prints an error as JSON too, where JSON was asked for", async () => {
    const { printed } = await run(["eval", BASE, "--task", "nowhere.yaml", "--json"]);
    expect(JSON.parse(printed[0]!)).toMatchObject({ error: { code: expect.stringContaining("/") } });
  });

  it("says how many problems a recipe has", async () => {
    const file = join(createTemporaryFolder(), "recipe.yaml");
    writeFileSync(file, `merge_method: ties\nmodels:\n  - model: ${BASE}\n    parameters: {weight: none}\n`);
    const { exitCode, noted } = await run(["generate", file, "--prompt", "x"]);
    expect(noted).toMatch(/recipe has \d+ problems?, listed above/);
    expect(noted).toContain("[cli/refused]");
    expect(exitCode).toBe(2);
  });
});

describe("score", () => {
  it.each([
    ['{"context": "a"}', '"continuation" is missing'],
    ['{"context": 1, "continuation": "b"}', '"context" is 1'],
    ["[]", '"context" is missing'],
  ])("refuses the pair %s", async (line, message) => {
    const pairs = join(createTemporaryFolder(), "pairs.jsonl");
    writeFileSync(pairs, `{"context": "a", "continuation": "b"}\n${line}\n`);
    const { exitCode, noted } = await run(["score", BASE, "--pairs", pairs]);
    expect(noted).toContain(`${pairs}:2: ${message}`);
    expect(noted).toContain("[cli/bad_pairs]");
    expect(exitCode).toBe(2);
  });
});

describe("evolve", () => {
  it("has nothing to resume where no run is", async () => {
    const folder = createTemporaryFolder();
    const out = join(folder, "run");
    const { exitCode, noted } = await run(["evolve", writeSearch(folder), "--out", out, "--resume"]);
    expect(noted).toContain("[cli/no_run]");
    expect(exitCode).toBe(2);
  });

  it("does not write over a run", async () => {
    const folder = createTemporaryFolder();
    const out = join(folder, "run");
    mkdirSync(out);
    writeFileSync(join(out, "run.db"), "precious");
    const { exitCode, noted } = await run(["evolve", writeSearch(folder), "--out", out]);
    expect(noted).toContain("[cli/run_exists]");
    expect(exitCode).toBe(2);
    expect(readFileSync(join(out, "run.db"), "utf8")).toBe("precious");
  });

  it("that was interrupted says how to go on, and goes on", { timeout: 60_000 }, async () => {
    const folder = createTemporaryFolder();
    const args = ["evolve", writeSearch(folder), "--out", join(folder, "run"), "--evaluations", "6"];
    const stop = new AbortController();
    const stopped = await run(args, { signal: stop.signal, onNote: () => stop.abort() });
    expect(stopped.noted).toContain("--resume");
    expect(stopped.noted).toContain("[cli/interrupted]");
    expect(stopped.exitCode).toBe(130);
    expect(readdirSync(join(folder, "run"))).not.toContain("result.json");

    const resumed = await run([...args, "--resume", "--json"]);
    expect(resumed.exitCode, resumed.noted).toBe(0);
    expect(JSON.parse(resumed.printed[0]!)).toMatchObject({ evaluations: 6, parents: expect.any(Array) });
    expect(readdirSync(join(folder, "run"))).toContain("report.html");
  });

  it("says what is wrong with a candidate that cannot be merged", async () => {
    await using search = openSearch(writeSearch(createTemporaryFolder()), {});
    expectCode("cli/bad_candidate", () => search.plan(`merge_method: slerp\nmodels:\n  - model: ${BASE}\n`));
  });
});
