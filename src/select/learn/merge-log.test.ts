import { expect, it } from "vitest";
import { expectCode } from "../../../test/expect-code.ts";
import { memoryEvents } from "../../../test/select/toy-breeding.ts";
import { MergeLog, type MergeLogParts } from "./merge-log.ts";

function openLog(parts: Partial<MergeLogParts> = {}) {
  const calls: string[] = [];
  const log = new MergeLog({
    store: memoryEvents(),
    inputs: { models: ["a", "b"] },
    signal: new AbortController().signal,
    scoreModel: async (model) => {
      calls.push(model);
      if (model === "broken") throw new Error("weights of NaN");
      return model === "a" ? 0.4 : 0.6;
    },
    scoreMerge: async (pair, operator) => {
      calls.push(`${operator}(${pair})`);
      if (operator === "broken") throw new Error("no");
      return 0.5;
    },
    ...parts,
  });
  return { log, calls };
}

it("measures each merge and each model once, also after a restart, whoever of a pair comes first", async () => {
  const store = memoryEvents();
  const first = openLog({ store });
  await first.log.mergeScore(["a", "b"], "ties", "t");
  await first.log.examples(() => ({}));
  const second = openLog({ store });
  expect(await second.log.mergeScore(["b", "a"], "ties", "t")).toBe(0.5);
  expect(await second.log.examples((a, b) => ({ x: a === "a" && b === "b" ? 1 : 0 }))).toEqual([
    { pair: ["a", "b"], operator: "ties", task: "t", score: 0.5, parents: [0.4, 0.6], features: { x: 1 } },
  ]);
  expect(first.calls).toEqual(["ties(a,b)", "a", "b"]);
  expect(second.calls).toEqual([]);
});

it("remembers failures, and learns nothing from them", async () => {
  const store = memoryEvents();
  const { log } = openLog({ store });
  expect(await log.mergeScore(["a", "b"], "broken", "t")).toBeNaN();
  const again = openLog({ store });
  expect(again.log.knows(["b", "a"], "broken", "t")).toBe(true);
  expect(again.log.merges()).toEqual([]);
});

it("remembers models that cannot be scored, and why, and learns nothing from their merges", async () => {
  const store = memoryEvents();
  const { log } = openLog({ store });
  await log.mergeScore(["a", "broken"], "ties", "t");
  expect(await log.modelScore("broken", "t")).toBeNaN();
  const again = openLog({ store });
  expect(await again.log.modelScore("broken", "t")).toBeNaN();
  expect(again.calls).toEqual([]);
  expect([again.log.failureOf("broken", "t"), again.log.failureOf("a", "t")]).toEqual(["weights of NaN", undefined]);
  expect(await again.log.examples(() => ({}))).toEqual([]);
});

it("refuses a log that was begun with other models", () => {
  const store = memoryEvents();
  openLog({ store });
  expectCode("select/settings_changed", () => openLog({ store, inputs: { models: ["a", "c"] } }));
});

it("stops when it is told to", async () => {
  const stop = new AbortController();
  const { log } = openLog({ signal: stop.signal });
  stop.abort(new Error("stopped"));
  await expect(log.mergeScore(["a", "b"], "ties", "t")).rejects.toThrow("stopped");
});
