import { describe, expect, it } from "vitest";
import { memoryEvents, type ToyOptions, toyBreeding } from "../../../test/select/toy-breeding.ts";
import { CodedError } from "../../base/errors.ts";
import { type BreedOutcome, breed } from "./breed.ts";
import type { EarlyStop } from "./breed-settings.ts";

/** Scores by hand, for models and children by their names. */
const byHand = (scores: Readonly<Record<string, number>>) => (_: readonly number[], name: string) => ({
  score: scores[name] ?? 0,
  values: [scores[name] ?? 0],
});

const parentsOf = ({ models }: BreedOutcome, name: string): readonly string[] =>
  models.find((model) => model.name === name)!.parents;

async function codeOf(action: () => Promise<unknown>): Promise<string> {
  const error = await action().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof CodedError ? error.code : String(error);
}

/**
 * The paper's first path (its table of Mistral models): scores of foundation and children as printed. Which pairs were
 * merged follows from gain = child − mean of parents.
 */
const PAPER = { instruct: 61.82, metamath: 63.72, openchat: 66.28 };
const PAPER_STOP = { kinship: 0.9, unimproved: false, from: 1 };
const PAPER_MODELS = { instruct: [1, 0, 0], metamath: [0, 1, 0], openchat: [0, 0, 1] };

describe("greedy breeding", () => {
  it("merges all pairs first, then the pairs of the best three, as the paper's path does", async () => {
    // Pairs in the order of their scores: 1-1 is metamath × openchat, which the paper calls 1-3.
    const scores = { ...PAPER, "1-1": 66.84, "1-2": 64.02, "1-3": 62.17, "2-1": 68.72, "2-2": 61.32, "2-3": 61.47 };
    const { run } = toyBreeding({ models: PAPER_MODELS, score: byHand(scores), settings: { generations: 2 } });
    const outcome = await breed(run);
    expect(outcome.models.map(({ name, parents }) => [name, ...parents])).toEqual([
      ["instruct"],
      ["metamath"],
      ["openchat"],
      ["1-1", "openchat", "metamath"],
      ["1-2", "openchat", "instruct"],
      ["1-3", "metamath", "instruct"],
      ["2-1", "1-1", "openchat"],
      ["2-2", "1-1", "1-2"],
      ["2-3", "openchat", "1-2"],
    ]);
    expect(outcome.best).toMatchObject({ name: "2-1", gain: expect.closeTo(2.16, 9) });
    expect(outcome.generations.at(-1)!.top).toEqual(["2-1", "1-1", "openchat"]);
    expect(outcome.stoppedBy).toBe("generations");
  });

  it("ends when the best stay the same", async () => {
    const { run, merged } = toyBreeding({ models: PAPER_MODELS, score: byHand(PAPER) });
    const outcome = await breed(run);
    expect(outcome.stoppedBy).toBe("converged");
    expect(merged).toHaveLength(3);
    expect(outcome.best.name).toBe("openchat");
  });

  it("keeps its budget", async () => {
    const { run, merged } = toyBreeding({
      models: { a: [1, 0], b: [0, 1], c: [1, 1], d: [2, 0] },
      settings: { merges: 4 },
    });
    expect((await breed(run)).stoppedBy).toBe("merges");
    expect(merged).toHaveLength(4);
  });

  it("stops early when the best are nearly the same model", async () => {
    const models = { a: [1, 0], b: [1, 0.1], c: [1, -0.1] };
    const outcome = await breed(toyBreeding({ models, settings: { earlyStop: PAPER_STOP } }).run);
    expect(outcome.stoppedBy).toBe("kinship");
    expect(outcome.generations).toHaveLength(1);
    expect(outcome.generations[0]!.kinship).toBeGreaterThan(0.9);
  });

  it("may wait for a generation, or for one that is no better", async () => {
    const models = { a: [1, 0], b: [1, 0.1], c: [1, -0.1] };
    const endsWith = async (scores: Readonly<Record<string, number>>, stop: Partial<EarlyStop>) => {
      const earlyStop = { ...PAPER_STOP, ...stop };
      const score = byHand({ a: 1, b: 1, c: 1, ...scores });
      const { stoppedBy, generations } = await breed(toyBreeding({ models, score, settings: { earlyStop } }).run);
      return [stoppedBy, generations.length, Number.isNaN(generations[0]!.kinship)];
    };
    const rising = { "1-1": 2, "2-1": 3, "3-1": 2.5 };
    expect(await endsWith(rising, {})).toEqual(["kinship", 1, false]);
    expect(await endsWith(rising, { from: 2 })).toEqual(["kinship", 2, false]);
    expect(await endsWith(rising, { unimproved: true })).toEqual(["kinship", 3, false]);
    expect(await endsWith(rising, { unimproved: true, kinship: undefined })).toEqual(["unimproved", 3, true]);
    expect(await endsWith({ "1-1": 2, "2-1": 1.5 }, { unimproved: true, kinship: undefined })).toEqual([
      "unimproved",
      2,
      true,
    ]);
    expect(await endsWith({}, { unimproved: true, kinship: undefined })).toEqual(["unimproved", 1, true]);
  });
});

describe("breeding by kinship", () => {
  const scores = {
    ...PAPER,
    "1-1": 66.84,
    "1-2": 64.02,
    "1-3": 62.17,
    "2-exp": 68.11,
    "2-1": 68.72,
    "2-2": 61.32,
    "2-3": 61.47,
  };
  const options = (exploration: "lowest" | "highest"): ToyOptions => ({
    models: PAPER_MODELS,
    score: byHand(scores),
    settings: { strategy: "kinship", generations: 2, exploration },
  });

  it("also merges the best with the model least akin to it: the paper's 2-exp is the best child × Instruct", async () => {
    const outcome = await breed(toyBreeding(options("lowest")).run);
    expect(parentsOf(outcome, "2-exp")).toEqual(["1-1", "instruct"]);
    const exploration = outcome.models.find(({ name }) => name === "2-exp")!;
    expect(exploration.gain).toBeCloseTo(3.78, 9);
    expect(exploration.kinship).toBeCloseTo(0, 12);
  });

  it("as printed, merges it with the model most akin to it", async () => {
    // Its parents are most akin to it, and the better of them comes first; pairs skip it then.
    const outcome = await breed(toyBreeding(options("highest")).run);
    expect(parentsOf(outcome, "2-exp")).toEqual(["1-1", "openchat"]);
    expect(outcome.models.map(({ name }) => name)).toEqual([
      "instruct",
      "metamath",
      "openchat",
      "1-1",
      "1-2",
      "1-3",
      "2-exp",
      "2-1",
      "2-2",
    ]);
  });
});

describe("the archive", () => {
  const specialists = { x: [1, 0, 0, 0], y: [0, 1, 0, 0], z: [0.9, 0, 0, 0], w: [0, 0, 1, 0] };

  it("keeps specialists that a single score would drop, and never the best", async () => {
    const settings = { strategy: "archive", merges: 12, archiveSize: 3 } as const;
    const outcome = await breed(toyBreeding({ models: specialists, settings }).run);
    expect(outcome.merges).toBe(12);
    const archive = outcome.generations.at(-1)!.top;
    expect(archive).toHaveLength(3);
    expect(archive).toContain(outcome.best.name);
    expect(archive).not.toContain("z");
  });

  it("draws the same children for the same seed, others for another", async () => {
    const mixes = async (seed: number) => {
      const world = toyBreeding({ models: specialists, settings: { strategy: "archive", merges: 6, seed } });
      await breed(world.run);
      return world.merged.map(({ parents, mix }) => [parents, mix]);
    };
    expect(await mixes(1)).toEqual(await mixes(1));
    expect(await mixes(1)).not.toEqual(await mixes(2));
    expect((await mixes(1)).every(([, mix]) => (mix as number) >= 0.2 && (mix as number) <= 0.8)).toBe(true);
  });
});

describe.each(["greedy", "kinship", "archive"] as const)("any strategy (%s)", (strategy) => {
  it("has nothing to merge in a pool of one", async () => {
    const outcome = await breed(toyBreeding({ models: { only: [1] }, settings: { strategy } }).run);
    expect(outcome).toMatchObject({ stoppedBy: "nothing to merge", merges: 0, best: { name: "only" } });
  });

  it("survives children that fail, and does not breed with them", async () => {
    const score = (values: readonly number[], name: string) => {
      if (name === "1-1" || name === "a-1") throw new Error("out of memory");
      return { score: name === "b" ? Number.NaN : values[0]!, values };
    };
    const settings = { strategy, merges: 8 };
    const outcome = await breed(
      toyBreeding({ models: { a: [1, 0], b: [0, 1], c: [1, 1], d: [2, 1] }, score, settings }).run,
    );
    const failed = outcome.models.filter(({ score: own }) => own === undefined).map(({ name }) => name);
    expect(failed).toContain("b");
    expect(failed.length).toBe(2);
    expect(outcome.models.some(({ parents }) => parents.some((parent) => failed.includes(parent)))).toBe(false);
  });

  it("goes on after an interruption as if there had been none", async () => {
    const options = {
      models: { a: [1, 0, 0], b: [0, 1, 0], c: [0, 0.9, 1] },
      settings: { strategy, merges: 9, generations: 4 },
    };
    const whole = toyBreeding(options);
    const expected = await breed(whole.run);
    for (const stopAfter of [1, 4, 7]) {
      const store = memoryEvents();
      const stop = new AbortController();
      let count = 0;
      const first = toyBreeding({ ...options, store, signal: stop.signal });
      const cut = { ...first.run, onModel: () => void (++count === stopAfter && stop.abort(new Error("stopped"))) };
      await expect(breed(cut)).rejects.toThrow("stopped");
      const second = toyBreeding({ ...options, store });
      // The children of the first sitting are on disk; here they are made again, which costs nothing.
      const remade = { ...second.run, evaluate: second.run.evaluate };
      for (const { name, parents, mix } of first.merged) {
        await second.run.merge(name, { role: "pair", generation: 0, parents, ...(mix === undefined ? {} : { mix }) });
      }
      expect(await breed(remade)).toEqual(expected);
      expect(first.evaluated.length + second.evaluated.length).toBe(whole.evaluated.length);
    }
  });

  it("refuses to go on with other settings, but takes a larger budget", async () => {
    const store = memoryEvents();
    const models = { a: [1, 0], b: [0, 1] };
    await breed(toyBreeding({ models, store, settings: { strategy, merges: 1 } }).run);
    expect(await codeOf(() => breed(toyBreeding({ models, store, settings: { strategy, topK: 2 } }).run))).toBe(
      "select/settings_changed",
    );
    await expect(
      breed(toyBreeding({ models: { ...models }, store, settings: { strategy, merges: 1, generations: 9 } }).run),
    ).resolves.toBeDefined();
  });

  it("makes again what a longer run needs of children that were thrown away", async () => {
    const options = { models: { a: [1, 0, 0], b: [0, 1, 0], c: [0, 0.9, 1] } };
    const longer = { strategy, generations: 4, merges: 9 };
    const whole = await breed(toyBreeding({ ...options, settings: longer }).run);
    const store = memoryEvents();
    await breed(toyBreeding({ ...options, settings: { ...longer, merges: 4 }, store }).run);
    const { run, evaluated } = toyBreeding({ ...options, settings: longer, store });
    expect(await breed(run)).toEqual(whole);
    expect(evaluated).toHaveLength(whole.merges - 4);
  });

  it("needs one model that can be scored", async () => {
    const score = () => ({ score: Number.NaN, values: [] });
    expect(await codeOf(() => breed(toyBreeding({ models: { a: [1] }, score, settings: { strategy } }).run))).toBe(
      "select/nothing_scored",
    );
  });
});
