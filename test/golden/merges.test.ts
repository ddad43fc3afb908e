import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createTemporaryFolder } from "../temporary-folder.ts";
import { runMerges } from "./merges.ts";

const DATA = join(import.meta.dirname, "data");

/** A folder with one case, whose expectation was changed. */
function folderWith(id: string, file: string, change: (expected: string) => string): string {
  const folder = createTemporaryFolder();
  cpSync(join(DATA, "merge", `${id}.yml`), join(folder, "merge", `${id}.yml`));
  cpSync(join(DATA, "models/llama"), join(folder, "models/llama"), { recursive: true });
  const all = JSON.parse(readFileSync(join(DATA, "merge/index.json"), "utf8")) as { readonly id: string }[];
  writeFileSync(join(folder, "merge/index.json"), JSON.stringify(all.filter((golden) => golden.id === id)));
  writeFileSync(join(folder, "merge", file), change(readFileSync(join(DATA, "merge", file), "utf8")));
  return folder;
}

describe("whole merges", { timeout: 60_000 }, () => {
  it("give what mergekit wrote: tensors, shards, config.json", async () => {
    const { passed, failures, notes } = await runMerges(DATA);
    expect(failures).toEqual([]);
    const cases = JSON.parse(readFileSync(join(DATA, "merge/index.json"), "utf8")) as readonly unknown[];
    expect(passed).toBe(cases.length);
    expect(notes).toContainEqual(expect.stringMatching(/^\d+ of \d+ tensors are equal to the last byte$/));
  });

  it("fail when a sum is another one", async () => {
    const change = (text: string): string =>
      text.replaceAll(/"sha256": ?"\w+"/g, '"sha256":"0"').replace(/"abs_sum": ?[\d.]+/, '"abs_sum":1');
    const { failures } = await runMerges(folderWith("linear_two", "linear_two.v015.json", change));
    expect(failures).toEqual([{ id: "linear_two", why: expect.stringContaining("the sum of magnitudes is") }]);
  });

  it("fail when config.json says something else, or a refusal was expected", async () => {
    const layers = (text: string): string => text.replace(/"num_hidden_layers": ?\d+/, '"num_hidden_layers":99');
    const config = await runMerges(folderWith("linear_two", "linear_two.v015.json", layers));
    expect(config.failures).toEqual([
      { id: "linear_two", why: expect.stringContaining("config.json: num_hidden_layers") },
    ]);
    const error = (): string => '{"outcome":"error","error":"no"}';
    const refusal = await runMerges(folderWith("linear_two", "linear_two.v015.json", error));
    expect(refusal.failures).toEqual([{ id: "linear_two", why: "merged, but mergekit refuses it: no" }]);
  });
});
