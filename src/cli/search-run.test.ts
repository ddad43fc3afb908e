import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { runArms } from "./search-comparison.ts";
import { openSearch } from "./search-run.ts";

const ZOO = resolve(import.meta.dirname, "../../zoo");
const folder = mkdtempSync(join(tmpdir(), "merganser-search-"));
afterAll(() => rmSync(folder, { recursive: true }));

function write(rest: string): string {
  const file = join(folder, "search.yaml");
  const task = `{ file: ${ZOO}/tasks/gsm-ja/gsm-ja.yaml, metric: exact_match, limit: 20 }`;
  writeFileSync(
    file,
    `models: [${ZOO}/models/math-en, ${ZOO}/models/ja]\ntasks: [${task}]\nbudget: { evaluations: 2 }\n${rest}`,
  );
  return file;
}

describe("an opened search", () => {
  it("of paths knows the models' depths and which weights take scales", async () => {
    await using run = openSearch(write("space: { kind: path }\n"), {});
    expect(run.layerFacts.depths).toEqual([8, 8]);
    expect(run.layerFacts.folding!.divided).toEqual([".self_attn.o_proj.", ".mlp.down_proj."]);
  });

  it("gives each layer a group where the file says so", async () => {
    const text = "merge_method: linear\nspace: { layer_groups: each, weight: { low: 0, high: 1 } }\n";
    await using run = openSearch(write(text), {});
    expect(run.search.space.layerGroups).toBe(8);
  });

  it.each(["final: { items: 1000000 }", "racing: { blocks: 6 }"])("refuses more items than there are: %s", (keys) => {
    const file = write(`space: { kind: surgery }\n${keys}\n`);
    expect(() => openSearch(file, {})).toThrow(expect.objectContaining({ code: "search/too_few_items" }));
  });
});

it("a comparison refuses presets that do not exist", async () => {
  const plan = { file: "x.yaml", presets: ["sakana"], seeds: 1, items: 1, out: folder, memory: 1 };
  await expect(runArms(plan, undefined as never)).rejects.toMatchObject({ code: "cli/unknown_preset" });
});
