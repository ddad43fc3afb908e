import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { checkTasks } from "./tasks.ts";

const DATA = join(import.meta.dirname, "data");

describe("tasks of lm-evaluation-harness", () => {
  it("score every item as the harness does, on recorded answers and on the model", async () => {
    const { passed, failures, notes } = await checkTasks(DATA);
    expect(failures).toEqual([]);
    expect(passed).toBe(300);
    expect(notes).toEqual(["smollm2: the model is not there, so only its recorded answers were scored"]);
  });

  it("are found wrong where the recorded score, answer or prompt is another", async () => {
    const folder = mkdtempSync(join(tmpdir(), "merganser-tasks-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    cpSync(join(DATA, "lm_eval"), join(folder, "lm_eval"), { recursive: true });
    const path = join(folder, "lm_eval/expected_smollm2.json");
    const expected = JSON.parse(readFileSync(path, "utf8"));
    expected.samples.local_choice[3].acc = 0.5;
    expected.samples.local_generate[5].filtered = ["other"];
    expected.samples.unknown = [];
    writeFileSync(path, JSON.stringify(expected));
    writeFileSync(join(folder, "lm_eval/generate.jsonl"), '{"id": 0, "prompt": "9 + 18 =", "target": "27"}\n');
    const { passed, failures } = await checkTasks(folder);
    expect(failures.map(({ id }) => id)).toContain("smollm2/local_choice/replay/3");
    expect(failures.map(({ id }) => id)).toContain("smollm2/unknown");
    expect(failures.filter(({ why }) => why === "the task has 1 items")).toHaveLength(100);
    expect([passed, failures.length]).toEqual([99, 102]);
  });
});
