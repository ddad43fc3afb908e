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

/** Writes a model of three tokens, and a merge of it with one whose tokens have these ids. */
function prepareVocabularies(ids: Readonly<Record<string, number>>, parameters = "weight: 1") {
  const folder = createTemporaryFolder();
  const config = { architectures: ["LlamaForCausalLM"], model_type: "llama", num_hidden_layers: 0, vocab_size: 3 };
  for (const [name, vocab] of Object.entries({ a: { x: 0, y: 1, z: 2 }, b: ids })) {
    writeCheckpoint(join(folder, name), config, [
      floatTensor("model.embed_tokens.weight", [3, 1], [1, 2, 3]),
      floatTensor("model.norm.weight", [1], [1]),
    ]);
    writeFileSync(join(folder, name, "tokenizer.json"), JSON.stringify({ model: { type: "BPE", vocab, merges: [] } }));
  }
  const recipe = join(folder, "recipe.yaml");
  writeFileSync(recipe, `merge_method: linear\nparameters: {${parameters}}\nmodels: [{model: a}, {model: b}]\n`);
  return { recipe, out: join(folder, "out") };
}

describe("merganser merge of vocabularies that differ", () => {
  const others = { x: 0, y: 2, z: 1 };

  it("warns once, while it merges", async () => {
    const { recipe, out } = prepareVocabularies(others);
    const { exitCode, noted } = await run(["merge", recipe, out, "--no-check"]);
    expect(exitCode).toBe(0);
    expect(noted.match(/recipe\/vocabularies_differ/g)).toHaveLength(1);
  });

  it("warns once where the named merges are written first", async () => {
    const { recipe, out } = prepareVocabularies(others);
    const { noted } = await run(["merge", recipe, out, "--no-check", "-I", `${out}-parts`]);
    expect(noted.match(/recipe\/vocabularies_differ/g)).toHaveLength(1);
  });

  it("warns of a recipe that is refused, before it says what is wrong", async () => {
    const { recipe, out } = prepareVocabularies(others, "weight: heavy");
    const { exitCode, noted } = await run(["merge", recipe, out]);
    expect(exitCode).toBe(2);
    expect(noted.match(/warning: .*vocabularies_differ|error: .*/g)).toEqual([
      expect.stringContaining("vocabularies_differ"),
      expect.stringContaining("heavy"),
      expect.stringContaining("cli/refused"),
    ]);
  });

  it("says nothing where the vocabularies are the same", async () => {
    const { recipe, out } = prepareVocabularies({ x: 0, y: 1, z: 2 });
    expect((await run(["merge", recipe, out, "--no-check"])).noted).not.toContain("vocabularies_differ");
  });
});
