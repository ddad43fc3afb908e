import { describe, expect, it } from "vitest";
import { fitSelector } from "./learn/selector.ts";
import { explainPlan, modelsOf, planSequence } from "./plan-sequence.ts";

/** A world in which a merge gains what its figure says, by `good`, and loses as much by `bad`. */
const gains: Readonly<Record<string, number>> = {
  "a b": 0.1,
  "a c": 0.3,
  "b c": -0.2,
  "a d": -0.1,
  "b d": -0.1,
  "c d": -0.1,
};
const featuresOf = (a: string, b: string) => ({ gain: gains[[a, b].toSorted().join(" ")]! });
const examples = Object.entries(gains).flatMap(([key, gain]) => {
  const [a, b] = key.split(" ") as [string, string];
  const common = { pair: [a, b] as const, task: "t", features: { gain }, parents: [0.5, 0.5] as const };
  return [
    { ...common, operator: "good", score: 0.5 + gain },
    { ...common, operator: "bad", score: 0.5 - gain },
  ];
});
const selector = fitSelector("ridge(0.03)", examples);
const models = new Map([..."abcd"].map((name) => [name, 0.5]));

describe("planning", () => {
  it("finds the pair, the order and the operators that promise most", async () => {
    const [best] = await planSequence({ selector, task: "t", models, featuresOf, size: 2, beam: 3 });
    expect(modelsOf(best!)).toEqual(["a", "c"]);
    expect(best!.steps[0]!.operator).toBe("good");
    expect(best!.score).toBeGreaterThan(0.7);
  });

  it("plans longer merges with averaged or recomputed figures", async () => {
    const planning = { selector, task: "t", models, featuresOf, size: 3, beam: 4, mayBeShorter: false };
    const cheap = await planSequence(planning);
    expect(cheap.every((plan) => plan.steps.length === 2)).toBe(true);
    const asked: string[] = [];
    const recomputed = await planSequence({
      ...planning,
      recompute: async (made, model) => {
        asked.push(`${modelsOf(made).join("")}+${model}`);
        return { gain: model === "d" ? 0.3 : -0.3 };
      },
    });
    expect(asked).toContain("ac+d");
    // By `good` a gain, by `bad` what `good` would lose: figures of either sign can be used.
    expect(recomputed[0]!.score).toBeGreaterThan(0.7);
  });

  it("buries a bad model that must be used, though that starts badly", async () => {
    // Every merge is worth the mean of its parents: what comes last counts half.
    const flat = fitSelector(
      "ridge(0.03)",
      examples.map((example) => ({ ...example, score: 0.5 })),
    );
    const given = new Map([
      ["a", 0.7],
      ["b", 0.6],
      ["c", 0.5],
      ["d", 0],
    ]);
    const planning = { selector: flat, task: "t", models: given, featuresOf, size: 4, beam: 1 };
    const [best] = await planSequence({ ...planning, mayBeShorter: false });
    expect(modelsOf(best!).slice(2)).toEqual(["b", "a"]);
    expect(best!.score).toBeCloseTo((((0 + 0.5) / 2 + 0.6) / 2 + 0.7) / 2, 2);
  });

  it("averages figures by what each model has of the merge", async () => {
    const figures: Record<string, number> = { "a d": 0.4 };
    const asked = (a: string, b: string) => ({ gain: figures[`${a} ${b}`] ?? 0 });
    const three = new Map([
      ["a", 0.5],
      ["b", 0.5],
      ["c", 0.5],
      ["d", 0.5],
    ]);
    const planning = {
      selector,
      task: "t",
      models: three,
      featuresOf: asked,
      size: 4,
      beam: 1000,
      mayBeShorter: false,
    };
    // Of b and c in either order one is kept, and both are a quarter.
    const plan = (await planSequence(planning)).find(
      (one) => /^(bc|cb)ad$/.test(modelsOf(one).join("")) && one.steps.every(({ operator }) => operator === "good"),
    )!;
    const gained = plan.steps[2]!.score - (plan.steps[1]!.score + 0.5) / 2;
    // A third of 0.4 would be 0.13; ridge takes a little of everything away.
    expect(gained).toBeGreaterThan(0.18);
    expect(gained).toBeLessThan(0.21);
  });

  it("says what spoke for each step", async () => {
    const planning = { selector, task: "t", models, featuresOf, size: 2, beam: 4 };
    const [plan] = await planSequence(planning);
    const reasons = await explainPlan(plan!, planning);
    expect(reasons).toHaveLength(1);
    expect(reasons[0]![0]).toMatchObject({ feature: "gain", value: 0.3 });
    expect(reasons[0]![0]!.effect).toBeGreaterThan(0.1);
  });

  it("says that one model is enough when every merge loses", async () => {
    const losing = fitSelector(
      "ridge(0.03)",
      examples.map((example) => ({ ...example, score: 0.3 })),
    );
    const [best] = await planSequence({ selector: losing, task: "t", models, featuresOf, size: 3, beam: 2 });
    expect(best).toEqual({ first: "a", steps: [], score: 0.5 });
  });

  it("has no more models than there are", async () => {
    const plans = await planSequence({
      selector,
      task: "t",
      models: new Map([["a", 0.5]]),
      featuresOf,
      size: 4,
      beam: 2,
    });
    expect(plans).toEqual([{ first: "a", steps: [], score: 0.5 }]);
  });
});
