import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runCommand as run } from "../../../test/run-command.ts";
import { createTemporaryFolder } from "../../../test/temporary-folder.ts";

const ZOO = join(import.meta.dirname, "../../../zoo");
const model = (name: string): string => join(ZOO, "models", name);
const TASK = join(ZOO, "tasks/ja-qa-choice/ja-qa-choice.yaml");

describe("merganser compare", () => {
  it("says who wins, how sure that is, and what would decide it, and asks nothing twice", async () => {
    const args = ["compare", model("ja"), model("base"), "--task", TASK, "--limit", "14"];
    const { exitCode, printed: text } = await run([...args]);
    expect(exitCode).toBe(0);
    expect(text).toContain("ja-qa-choice: ");
    expect(text).toMatch(/wins|not decided/);
    const { tasks, models } = JSON.parse((await run([...args, "--json"])).printed);
    expect(models).toEqual([model("ja"), model("base")]);
    expect(tasks["ja-qa-choice"]).toMatchObject({
      metric: "acc",
      winner: expect.any(String),
      decided: expect.any(Boolean),
      pairs: [
        { test: "McNemar's exact test", p: expect.any(Number), p_holm: expect.any(Number), equal: expect.any(Number) },
      ],
    });
    const again = await run(["eval", model("ja"), "--task", TASK, "--limit", "9"]);
    expect(again.noted).toMatch(/^(\d+) requests, \1 of them remembered/);
    const fresh = await run(["eval", model("ja"), "--task", TASK, "--limit", "9", "--no-cache"]);
    expect(fresh.noted).not.toContain("remembered");
    expect(fresh.printed).toBe(again.printed);
  });

  it.each([
    ["cli/bad_usage", [model("ja"), "--task", TASK]],
    ["cli/bad_usage", [model("ja"), model("ja"), "--task", TASK]],
    ["cli/bad_usage", [model("ja"), model("base")]],
    ["cli/bad_usage", [model("ja"), model("base"), "--task", TASK, "--system-instruction", "x"]],
    ["model/no_chat_template", [model("ja"), model("base"), "--task", TASK, "--apply-chat-template"]],
    ["evaluate/no_such_score", [model("ja"), model("base"), "--task", TASK, "--limit", "4", "--metric", "bleu"]],
  ])("refuses with %s: %j", async (code, args) => {
    const { exitCode, noted } = await run(["compare", ...args]);
    expect(noted).toContain(`[${code}]`);
    expect(exitCode).toBe(2);
  });

  it("scores groups beside their tasks", async () => {
    const file = join(createTemporaryFolder(), "both.yaml");
    const tasks = ["ja-qa-choice", "recall-en-choice"].map((name) => `  - ${join(ZOO, "tasks", name, name)}.yaml`);
    writeFileSync(file, `group: both\ntask:\n${tasks.join("\n")}\naggregate_metric_list: [{metric: acc}]\n`);
    const { printed: text } = await run(["eval", model("ja"), "--task", file, "--limit", "5", "--json"]);
    expect(JSON.parse(text)).toMatchObject({
      groups: { both: { acc: { n: 10 } } },
      cost: { requests: expect.any(Number) },
    });
    expect(Object.keys(JSON.parse(text).tasks)).toEqual(["ja-qa-choice", "recall-en-choice"]);
  });
});
