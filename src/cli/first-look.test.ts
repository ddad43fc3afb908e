import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runCommand } from "../../test/run-command.ts";
import { createTemporaryFolder } from "../../test/temporary-folder.ts";

const ZOO = join(import.meta.dirname, "../../zoo");
const [JA, BASE] = ["ja", "base"].map((name) => join(ZOO, "models", name)) as [string, string];
const TASK = join(ZOO, "tasks/ja-qa-choice/ja-qa-choice.yaml");
const EVAL = ["eval", JA, "--task", TASK, "--limit", "4", "--json"];
const LOOK = (weights: string) => ({
  weights,
  block: 32,
  tokens: expect.any(Number),
  mean_logprob_difference: expect.any(Number),
  largest_logprob_difference: expect.any(Number),
  same_best_token: expect.any(Number),
});

async function json(args: readonly string[]) {
  return JSON.parse((await runCommand(args)).printed);
}

describe("--weights int8 and int4", () => {
  it("keep their answers apart from those of exact weights, and their error with them", async () => {
    const exact = await json(EVAL);
    expect(exact).not.toHaveProperty("first_look");
    const looks = [];
    for (const weights of ["int8", "int4"]) {
      const found = await json([...EVAL, "--weights", weights]);
      expect(found).toMatchObject({ cost: { remembered: 0 }, first_look: LOOK(weights) });
      expect(found.tasks["ja-qa-choice"].acc.n).toBe(4);
      const again = await json([...EVAL, "--weights", weights]);
      expect(again).toEqual({
        ...found,
        cost: { ...found.cost, remembered: found.cost.requests, seconds: expect.any(Number) },
      });
      looks.push(found.first_look);
    }
    expect(looks[0].mean_logprob_difference).toBeGreaterThan(0);
    expect(looks[1].mean_logprob_difference).toBeGreaterThan(looks[0].mean_logprob_difference);
    expect((await json(EVAL)).cost.remembered).toBe(exact.cost.requests);
  });

  it("use a known error for what is asked later, and none without a cache", async () => {
    const first = await json([...EVAL, "--weights", "int8"]);
    const more = await json(["eval", JA, "--task", TASK, "--limit", "5", "--json", "--weights", "int8"]);
    expect(more.cost.requests).toBeGreaterThan(more.cost.remembered);
    expect(more.first_look).toEqual(first.first_look);
    expect(await json([...EVAL, "--weights", "int8", "--no-cache"])).toMatchObject({
      cost: { remembered: 0 },
      first_look: LOOK("int8"),
    });
  });

  it("are told of beside every answer", async () => {
    const pairs = join(createTemporaryFolder(), "pairs.jsonl");
    writeFileSync(pairs, '{"context": "1+1=", "continuation": "2"}\n');
    const weights = ["--weights", "int8"];
    expect(await json(["score", BASE, "--pairs", pairs, "--json", ...weights])).toEqual({
      scores: [{ logprob: expect.any(Number), greedy: expect.any(Boolean) }],
      first_look: LOOK("int8"),
    });
    const prompt = ["generate", BASE, "--prompt", "1+1=", "--max-tokens", "2", ...weights];
    expect(await json([...prompt, "--json"])).toMatchObject({ outputs: [{}], first_look: LOOK("int8") });
    for (const args of [["score", BASE, "--pairs", pairs, ...weights], prompt])
      expect(await runCommand(args)).toMatchObject({
        exitCode: 0,
        noted: expect.stringMatching(/^a first look with int8 weights: of \d+ tokens .* off by 0\.\d+ on average/),
      });
    const compared = ["compare", JA, BASE, "--task", TASK, "--limit", "4", ...weights];
    expect((await json([...compared, "--json"])).first_look).toEqual({ [JA]: LOOK("int8"), [BASE]: LOOK("int8") });
    const { printed: text } = await runCommand(compared);
    for (const name of [JA, BASE]) expect(text).toContain(`${name}: a first look with int8 weights: `);
    expect((await runCommand(["eval", JA, "--task", TASK, "--limit", "4", ...weights])).printed).toContain(
      "first look",
    );
  });

  it("are told of by a server before it answers", async () => {
    const controller = new AbortController();
    controller.abort();
    const args = ["serve", BASE, "--port", "0", "--weights", "int4"];
    expect((await runCommand(args, controller.signal)).printed).toMatch(/^a first look with int4 .*\n.* answers at /);
    expect(JSON.parse((await runCommand([...args, "--json"], controller.signal)).printed)).toMatchObject({
      first_look: LOOK("int4"),
    });
  });

  it.each([
    ["--memory", "300MiB"],
    ["--server", "http://127.0.0.1:9/v1"],
    ["--command", "echo {model} {tasks} {out}"],
  ])("are refused with %s %s", async (...args) => {
    const { exitCode, noted } = await runCommand(["eval", JA, "--task", TASK, "--weights", "int8", ...args]);
    expect([exitCode, noted]).toEqual([2, expect.stringMatching(/--weights int8 .*\[cli\/bad_usage\]/)]);
  });
});
