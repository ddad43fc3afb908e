import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runCommand as run } from "../../../test/run-command.ts";
import { createTemporaryFolder } from "../../../test/temporary-folder.ts";
import { floatTensor, writeCheckpoint } from "../../../test/write-checkpoint.ts";

function prepare(weight = 0.5) {
  const folder = createTemporaryFolder();
  for (const [name, values] of Object.entries({ a: [1, 2], b: [3, 6] })) {
    writeCheckpoint(join(folder, name), { architectures: ["LlamaForCausalLM"] }, [
      floatTensor("model.norm.weight", [2], values),
    ]);
  }
  const recipe = join(folder, "graph.yaml");
  const write = (part: number): void =>
    writeFileSync(
      recipe,
      `merge_method: linear\nparameters: {weight: 1}\nmodels: [{model: half}, {model: b}]\n---\nname: half\nmerge_method: linear\nparameters: {normalize: false, weight: ${part}}\nmodels: [{model: a}, {model: b}]\n`,
    );
  write(weight);
  return { folder, recipe, write };
}

const contentOf = (folder: string): string =>
  (JSON.parse(readFileSync(join(folder, "merganser.lock.json"), "utf8")) as { content: string }).content;

describe("merganser merge --intermediate-dir", () => {
  it("writes the named merges, keeps those that are up to date, and changes nothing about the result", async () => {
    const { folder, recipe, write } = prepare();
    const out = (name: string): string => join(folder, name);
    expect((await run(["merge", recipe, out("virtual")])).exitCode).toBe(0);
    const first = await run(["merge", recipe, out("one"), "-I", out("inter")]);
    expect(first.noted).toContain("half: 8 B");
    expect(contentOf(out("one"))).toBe(contentOf(out("virtual")));
    const second = await run(["merge", recipe, out("two"), "--intermediate-dir", out("inter")]);
    expect(second.noted).toContain("half: is up to date");
    write(0.25);
    const third = await run(["merge", recipe, out("three"), "-I", out("inter")]);
    expect(third.noted).toContain("half: 8 B");
    expect(contentOf(out("three"))).not.toBe(contentOf(out("one")));
  });
});
