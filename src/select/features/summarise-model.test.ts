import { describe, expect, it } from "vitest";
import { attentionCosines, functionalFeatures } from "./pair-features.ts";
import { PASSES_PER_SUMMARY, type ProbeRunner, summariseModel } from "./summarise-model.ts";

const PROBES = [
  [1, 2, 3],
  [4, 5],
];

/** Two layers of two heads; in head 1 of layer 1 all positions attend to the first, or all to themselves. */
function runner(toFirst: boolean, seen: (readonly number[])[] = []): ProbeRunner {
  return {
    async logits(sequences) {
      seen.push(...sequences);
      return sequences.map((ids) => new Float32Array(ids.length * 3).fill(0.5));
    },
    async trace(ids) {
      seen.push(ids);
      const T = ids.length;
      const hiddens = [0, 1, 2].map((l) => new Float32Array(T * 2).fill(l + 1));
      const attentions = [0, 1].map((layer) => {
        const maps = new Float32Array(2 * T * T);
        for (let head = 0; head < 2; head++) {
          const first = layer === 1 && head === 1 && toFirst;
          for (let t = 0; t < T; t++) maps[(head * T + t) * T + (first ? 0 : t)] = 1;
        }
        return maps;
      });
      return { hiddens, attentions };
    },
  };
}

const summarise = (model: ProbeRunner) => summariseModel(model, PROBES, new AbortController().signal);

describe("a summary", () => {
  it("takes two forward passes over each probe", async () => {
    const seen: (readonly number[])[] = [];
    await summarise(runner(false, seen));
    for (const probe of PROBES) expect(seen.filter((ids) => ids === probe)).toHaveLength(PASSES_PER_SUMMARY);
    expect(seen).toHaveLength(2 * PROBES.length);
  });

  it("keeps the lower triangle of what each head attends to", async () => {
    const { heads, attentions } = await summarise(runner(true));
    expect(heads).toBe(2);
    expect(attentions[0]![1]).toEqual(Float32Array.of(1, 0, 1, 0, 0, 1, 1, 1, 0, 1, 0, 0));
    expect(attentions[1]![0]).toHaveLength(2 * 3);
  });

  it("shortens long maps to the same budget for each layer", async () => {
    const long = Array.from({ length: 200 }, (_, i) => i);
    const { attentions } = await summariseModel(runner(false), [long], new AbortController().signal);
    expect(attentions[0]![0]).toHaveLength(16_384);
  });

  it("is not begun when the signal was aborted", async () => {
    const stop = new AbortController();
    stop.abort(new Error("stopped"));
    await expect(summariseModel(runner(false), PROBES, stop.signal)).rejects.toThrow("stopped");
  });
});

describe("cosines of attention", () => {
  it("are taken for each layer and head, and averaged over probes", async () => {
    const [a, b] = [await summarise(runner(true)), await summarise(runner(false))];
    const cosines = attentionCosines(a, b);
    // Of three positions and of two, one attends to the same: 1/3 and 1/2.
    expect(cosines[0]).toEqual([1, 1]);
    expect(cosines[1]![0]).toBe(1);
    expect(cosines[1]![1]).toBeCloseTo((1 / 3 + 1 / 2) / 2, 6);
    const features = functionalFeatures(a, b);
    expect(features["attention_min"]).toBeCloseTo(5 / 12, 6);
    expect(features["attention_mean"]).toBeCloseTo((3 + 5 / 12) / 4, 6);
    expect(features["attention_late"]).toBeCloseTo((1 + 5 / 12) / 2, 6);
  });

  it("are not defined between models of other heads", async () => {
    const a = await summarise(runner(true));
    expect(attentionCosines(a, { ...a, heads: 1 })).toEqual([]);
    expect(functionalFeatures(a, { ...a, heads: 1 })["attention_mean"]).toBeNaN();
  });
});
