import { describe, expect, it } from "vitest";
import type { SelectedTask } from "../evaluate/evaluator.ts";
import { type CommandSettings, createCommandEvaluator } from "./command-evaluator.ts";

const tasks = [{ task: { name: "sums" }, items: [] }] as unknown as readonly SelectedTask[];
const RESULTS = {
  results: {
    sums: { alias: "sums", "acc,none": 0.5, "acc_stderr,none": 0.1, "em,strict": 0.25, "em_stderr,strict": "N/A" },
  },
  "n-samples": { sums: { original: 20, effective: 10 } },
};

/** Runs a piece of JavaScript as the program. */
function evaluate(code: string, settings: Partial<CommandSettings> = {}, signal?: AbortSignal) {
  const command = [process.execPath, "-e", code, "{model}", "{tasks}", "{out}"];
  const evaluator = createCommandEvaluator({ command, model: "/m", ...settings });
  return evaluator.evaluate(tasks, signal === undefined ? {} : { signal });
}

const print = (value: unknown): string =>
  `console.log("loading…"); console.log(${JSON.stringify(JSON.stringify(value))})`;

describe("createCommandEvaluator", () => {
  it("reads scores that a program prints", async () => {
    const [scored] = await evaluate(print(RESULTS));
    expect(scored!.result).toBeUndefined();
    expect(scored!.scores).toEqual({
      acc: { value: 0.5, n: 10, low: expect.closeTo(0.304, 3), high: expect.closeTo(0.696, 3) },
      "em,strict": { value: 0.25, n: 10, low: Number.NaN, high: Number.NaN },
    });
  });

  it("reads the results that it writes, and fills in model, tasks and folder", async () => {
    const code =
      "const [model, tasks, out] = process.argv.slice(1); const fs = require('node:fs'); fs.mkdirSync(out + '/m'); " +
      "if (model === '/m') fs.writeFileSync(out + '/m/results_2026.json', JSON.stringify({results: {[tasks]: {'acc,none': 1}}})); " +
      "console.error('half way')";
    const lines: string[] = [];
    const [scored] = await evaluate(code, { onLine: (line) => lines.push(line) });
    expect(scored!.scores["acc"]!.value).toBe(1);
    expect(lines).toEqual(["half way"]);
  });

  it.each<[string, string, Partial<CommandSettings>, string]>([
    ["remote/no_command", "", { command: ["no-such-program-here"] }, "ENOENT"],
    [
      "remote/command_failed",
      "console.error('out of memory'); process.exit(3)",
      {},
      "exit code 3; its last words: out of memory",
    ],
    ["remote/command_failed", "setTimeout(() => {}, 60000)", { timeoutMs: 200 }, "within 200 ms"],
    ["remote/bad_output", "console.log('fine')", {}, "not JSON"],
    ["remote/bad_output", print({ results: 7 }), {}, "must map tasks"],
    ["remote/no_such_task", print({ results: { other: {} } }), {}, "(known: other)"],
  ])("says %s for %j", async (code, program, settings, wording) => {
    const failed = await evaluate(program, settings).catch((error: Error) => error);
    expect(failed).toMatchObject({ code, message: expect.stringContaining(wording) });
  });

  it("stops the program when it is told to", async () => {
    const stop = new AbortController();
    const running = evaluate("setTimeout(() => {}, 60000)", {}, stop.signal);
    setTimeout(() => stop.abort(new Error("enough")), 100);
    await expect(running).rejects.toThrow("enough");
  });
});
