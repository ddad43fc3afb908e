/** What an evaluation with the engine gives where items or models are odd: always a stated outcome. */

import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Engine, openEngine } from "../../src/engine/engine.ts";
import { evaluateTask, type TaskResult } from "../../src/evaluate/evaluate-task.ts";
import { loadTask } from "../../src/evaluate/load-task.ts";
import { selectItems } from "../../src/evaluate/splits.ts";
import { createPlainKernels } from "../../src/kernels/create-plain-kernels.ts";
import type { Model } from "../../src/model/model.ts";
import { openModel } from "../../src/model/open-model.ts";

const BASE = join(import.meta.dirname, "../../zoo/models/base");
const kernels = createPlainKernels(2 ** 24);

async function evaluate(engine: Engine, rest: string, data: readonly object[]): Promise<TaskResult> {
  const files: Readonly<Record<string, string>> = {
    "t.yaml": `task: t\ndataset_path: json\ndataset_kwargs: {data_files: {test: d}}\ntest_split: test\ndoc_to_text: q\n${rest}`,
    d: data.map((row) => JSON.stringify(row)).join("\n"),
  };
  const task = loadTask("t.yaml", { readText: (path) => files[path]! });
  return evaluateTask(task, selectItems(task), engine);
}

const WRITE = "doc_to_target: a\ngeneration_kwargs: {max_gen_toks: 4, until: []}\n";
const CHOOSE = "doc_to_target: '{{0}}'\noutput_type: multiple_choice\ndoc_to_choice: ['1', '22']\n";
const ROLL = "doc_to_target: q\noutput_type: loglikelihood_rolling\n";
const long = "1+2=3 ".repeat(200);

/** The base model with its tensors changed; bfloat16, two bytes an element. */
function changed(base: Model, change: (name: string, bytes: Uint8Array) => Uint8Array): Model {
  const whole = new Map(
    [...base.tensors].map(([name, { shape }]) => {
      const bytes = new Uint8Array(2 * shape.reduce((product, size) => product * size, 1));
      base.read(name, 0, bytes);
      return [name, change(name, bytes)] as const;
    }),
  );
  const tensors = [...base.tensors].map(([name, info]) => {
    const rows = (info.shape[0]! * whole.get(name)!.length) / (2 * info.shape.reduce((a, b) => a * b, 1));
    return [name, { ...info, shape: [rows, ...info.shape.slice(1)] }] as const;
  });
  return {
    ...base,
    name: "changed",
    tensors: new Map(tensors),
    read: (name, start, into) => into.set(whole.get(name)!.subarray(start, start + into.length)),
    identity: () => "changed",
    [Symbol.dispose]() {},
  };
}

describe("an evaluation", () => {
  let engine: Engine;
  beforeAll(async () => {
    using model = openModel(BASE);
    engine = await openEngine(model, { kernels, threads: 1 });
  });
  afterAll(() => engine[Symbol.asyncDispose]());

  it("puts the start token in place of a prompt of no tokens", async () => {
    const chosen = await evaluate(engine, CHOOSE, [{ q: "" }]);
    expect(chosen.items[0]!.answer).toMatchObject({ logprobs: [expect.any(Number), expect.any(Number)] });
    expect(chosen.items[0]!.truncated).toBe(false);
    expect((await evaluate(engine, WRITE, [{ q: "", a: "x" }])).items[0]!.cost.tokens).toBeGreaterThan(0);
    expect((await evaluate(engine, ROLL, [{ q: "" }])).items[0]!.answer).toMatchObject({ logprob: expect.any(Number) });
  });

  it("cuts a prompt that is longer than the context on its left, and says so", async () => {
    const chosen = await evaluate(engine, CHOOSE, [{ q: long }, { q: "1+1=" }]);
    expect(chosen.items.map(({ truncated }) => truncated)).toEqual([true, false]);
    const written = await evaluate(engine, WRITE, [{ q: long, a: "x" }]);
    expect(written.items[0]).toMatchObject({ truncated: true, cost: { requests: 1 } });
  });

  it("scores a text that is longer than the context in windows", async () => {
    const { items } = await evaluate(engine, ROLL, [{ q: long }]);
    expect(items[0]!.truncated).toBe(false);
    expect(items[0]!.cost.tokens).toBeGreaterThan(engine.contextLength);
    expect(items[0]!.values["byte_perplexity"]).toBeLessThan(0);
  });

  it("refuses half a surrogate pair: model/bad_text, and a continuation longer than the context", async () => {
    const half = evaluate(engine, WRITE, [{ q: "\ud83d", a: "x" }]);
    await expect(half).rejects.toThrow(expect.objectContaining({ code: "model/bad_text" }));
    const tooLong = evaluate(engine, "doc_to_target: a\noutput_type: loglikelihood\n", [{ q: "1", a: long }]);
    await expect(tooLong).rejects.toThrow(expect.objectContaining({ code: "engine/continuation_too_long" }));
  });

  it("refuses an item without an answer before the model is asked", async () => {
    const missing = evaluate(engine, WRITE, [{ q: "1", a: [] }]);
    await expect(missing).rejects.toThrow(expect.objectContaining({ code: "evaluate/bad_target" }));
  });

  it("says which model gives no numbers: engine/not_finite", async () => {
    using base = openModel(BASE);
    const nan = (name: string, bytes: Uint8Array) => (name === "model.norm.weight" ? bytes.fill(0xff) : bytes);
    await using broken = await openEngine(changed(base, nan), { kernels, threads: 1 });
    for (const rest of [CHOOSE, WRITE])
      await expect(evaluate(broken, rest, [{ q: "1", a: "x" }])).rejects.toThrow(
        expect.objectContaining({ code: "engine/not_finite" }),
      );
  });

  it("writes tokens that the tokenizer does not have as nothing", async () => {
    using base = openModel(BASE);
    // Six more rows, of which the last two, one of them at least, win everywhere: all their weights are 195 and −195.
    const grown = (name: string, bytes: Uint8Array): Uint8Array => {
      if (name !== "lm_head.weight" && name !== "model.embed_tokens.weight") return bytes;
      const extra = new Uint16Array(6 * 128);
      if (name === "lm_head.weight") extra.fill(0x4343, 4 * 128).fill(0xc343, 5 * 128);
      return Uint8Array.from([...bytes, ...new Uint8Array(extra.buffer)]);
    };
    await using larger = await openEngine(changed(base, grown), { kernels, threads: 1 });
    const [written] = await larger.generate([{ prompt: "1+1=", maxTokens: 4, until: [] }]);
    expect(written!.ids).toHaveLength(4);
    for (const id of written!.ids) expect(id).toBeGreaterThanOrEqual(694);
    const result = await evaluate(larger, WRITE, [{ q: "1+1=", a: "x" }]);
    expect(result.items[0]!.answer).toMatchObject({ response: "", stoppedBy: "length" });
    expect(result.scores["exact_match"]!.value).toBe(0);
  });
});
