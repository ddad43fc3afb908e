import { describe, expect, it } from "vitest";
import { expectCode } from "../../../test/expect-code.ts";
import { createRandom } from "../../base/philox.ts";
import { adviseOnPair } from "./advice.ts";
import { rateCandidates } from "./contexts.ts";
import { type Example, gapClosed } from "./example.ts";
import { mlp } from "./mlp.ts";
import { ridge } from "./ridge.ts";
import { explainPrediction, parseSelector, predictScores } from "./selector.ts";
import { fitScaling, toVector } from "./standardise.ts";
import { learnSelector } from "./validation.ts";

const random = createRandom({ seed: 5, counter: 0 });
const grid = Array.from({ length: 60 }, () => [random.nextNormal(), random.nextNormal()]);

describe("regressors", () => {
  it("ridge finds a line, and shrinks it with its penalty", () => {
    const targets = grid.map(([x, y]) => 3 + 2 * x! - y!);
    const weak = ridge(1e-6).fit(grid, targets);
    expect(weak.weights[0]).toBeCloseTo(2, 4);
    expect(weak.weights[1]).toBeCloseTo(-1, 4);
    expect(ridge(1e-6).predict(weak, [1, 1])).toBeCloseTo(4, 4);
    expect(Math.abs(ridge(10).fit(grid, targets).weights[0]!)).toBeLessThan(1);
  });

  it("a network finds a bend that no line has, the same one for the same seed", () => {
    const network = mlp({ hidden: [16], epochs: 300, rate: 0.02, decay: 0, seed: 1 });
    const targets = grid.map(([x]) => Math.abs(x!));
    const state = network.fit(grid, targets);
    const errorOf = (predict: (input: number[]) => number): number =>
      grid.reduce((sum, input, i) => sum + (predict(input) - targets[i]!) ** 2, 0) / grid.length;
    const line = ridge(1e-6).fit(grid, targets);
    expect(errorOf((input) => network.predict(state, input))).toBeLessThan(
      0.2 * errorOf((input) => ridge(1).predict(line, input)),
    );
    expect(network.fit(grid, targets)).toEqual(state);
  });

  it("takes examples that are all alike", () => {
    const alike = [[], []];
    expect(ridge(1).predict(ridge(1).fit(alike, [2, 2]), [])).toBe(2);
    const network = mlp({ hidden: [2], epochs: 3, rate: 0.1, decay: 0, seed: 1 });
    expect(network.predict(network.fit(alike, [2, 2]), [])).toBeCloseTo(2, 1);
  });
});

it("scales figures by what they usually are; missing ones are usual, and those that never vary are left out", () => {
  const scaling = fitScaling([{ a: 1, b: 5, c: Number.NaN }, { a: 3, b: 5, c: 2 }, { c: 4 }]);
  expect(scaling.names).toEqual(["a", "c"]);
  expect(toVector(scaling, { a: 3 })).toEqual([1, 0]);
});

it("closes the gap between the parents, where there is one", () => {
  expect(gapClosed([0.2, 0.6], 0.5)).toBeCloseTo(0.75, 12);
  expect(gapClosed([0.6, 0.2], 0.7)).toBeCloseTo(1.25, 12);
  expect(gapClosed([0.6, 0.6], 0.7)).toBeNaN();
});

/** A world in which `ties` is better for unlike pairs and `linear` for like ones. */
function world(models: number): Example[] {
  const draw = createRandom({ seed: 9, counter: 0 });
  const names = Array.from({ length: models }, (_, m) => `m${m}`);
  return names.flatMap((a, i) =>
    names.slice(i + 1).flatMap((b) => {
      const likeness = 2 * draw.nextUniform() - 1;
      const noise = draw.nextNormal();
      const parents = [0.4, 0.5] as const;
      const common = { pair: [a, b] as const, task: "t", features: { change_cosine: likeness, noise }, parents };
      return [
        { ...common, operator: "linear", score: 0.45 + 0.1 * likeness },
        { ...common, operator: "ties", score: 0.45 - 0.1 * likeness },
      ];
    }),
  );
}

describe("a selector", () => {
  const { selector, validation } = learnSelector(world(9), 1);
  const question = {
    pair: ["x", "y"],
    task: "t",
    features: { change_cosine: -0.8, noise: 0 },
    parents: [0.4, 0.5],
  } as const;

  it("chooses better than every fixed operator on pairs that it never saw", () => {
    const score = (name: string) => validation.policies.find((policy) => policy.name === name)!;
    expect(validation.pairs).toBe(36);
    expect(score("selector").regret).toBeLessThan(0.005);
    expect(score("linear").regret).toBeGreaterThan(0.02);
    expect(score("random").hits).toBeCloseTo(0.5, 12);
    expect(score("oracle").regret).toBe(0);
    expect(validation.closed).toBeGreaterThan(0.9);
  });

  it("says what it expects, how sure it is, and which figure spoke for it", () => {
    const [best, other] = predictScores(selector, question);
    expect(best).toMatchObject({ operator: "ties", score: expect.closeTo(0.53, 1) });
    expect(best!.high - best!.low).toBeLessThan(0.1);
    expect(other!.score).toBeLessThan(best!.score);
    const [reason] = explainPrediction(selector, question, "ties");
    expect(reason).toMatchObject({ feature: "change_cosine", value: -0.8 });
    expect(reason!.effect).toBeGreaterThan(0.02);
  });

  it("comes back from JSON as it was, and nothing else does", () => {
    const read = parseSelector(JSON.stringify(selector), "s.json");
    expect(predictScores(read, question)).toEqual(predictScores(selector, question));
    expectCode("select/unreadable_selector", () => parseSelector("{", "s.json"));
    expectCode("select/unreadable_selector", () => parseSelector('{"version":2}', "s.json"));
    expectCode("select/unreadable_selector", () =>
      parseSelector(JSON.stringify({ ...selector, learner: "oracle" }), "s.json"),
    );
  });

  it("does not learn from three pairs", () => {
    expectCode("select/too_few_merges", () => learnSelector(world(3), 1));
  });
});

describe("advice without data", () => {
  it("warns of near-duplicates and of pairs that cannot be compared", () => {
    expect(adviseOnPair({ change_cosine: 0.99 })).toMatchObject({ promise: 0, suggestion: "none" });
    expect(adviseOnPair({ change_cosine: Number.NaN }).suggestion).toBe("none");
  });

  it("prefers unlike pairs, and sparse task vectors where signs agree by chance", () => {
    const unlike = adviseOnPair({ change_cosine: 0.01, change_ratio: 0.1, sign_agreement: 0.5 });
    const alike = adviseOnPair({ change_cosine: 0.7, change_ratio: 0.1, sign_agreement: 0.8 });
    expect(unlike.promise).toBeGreaterThan(alike.promise);
    expect(unlike.suggestion).toBe("sparse task vectors");
    expect(alike.suggestion).toBe("average");
    expect(adviseOnPair({ change_cosine: 0.3, change_ratio: 1.5, sign_agreement: 0.6 }).suggestion).toBe(
      "task vectors",
    );
  });
});

describe("a bandit over merges", () => {
  const candidate = (operator: string, likeness: number) => ({
    ...({ pair: ["p", "q"], task: "t", operator, parents: [0.4, 0.5] } as const),
    features: { change_cosine: likeness },
  });

  it.each(["linucb", "thompson"] as const)("learns which operator suits which pair (%s)", (kind) => {
    const policy = { kind, exploration: 0.05, ridge: 0.1 };
    const rate = (likeness: number) =>
      rateCandidates({
        examples: world(9),
        candidates: [candidate("linear", likeness), candidate("ties", likeness)],
        policy,
        random: createRandom({ seed: 3, counter: 0 }),
      })[0]!.candidate.operator;
    expect(rate(0.8)).toBe("linear");
    expect(rate(-0.8)).toBe("ties");
  });

  it("tries an operator that is new when it hopes enough", () => {
    const round = (exploration: number) =>
      rateCandidates({
        examples: world(9),
        candidates: [candidate("ties", 0), candidate("dare_ties", 0)],
        policy: { kind: "linucb", exploration, ridge: 1 },
        random: createRandom({ seed: 3, counter: 0 }),
      })[0]!;
    expect(round(2).candidate.operator).toBe("dare_ties");
    expect(round(2).rated.uncertainty).toBeGreaterThan(round(0).rated.uncertainty);
    expect(round(0).candidate.operator).toBe("ties");
  });

  it("says which figures moved what it expects, and nothing of an operator that is new", () => {
    const [first, second] = rateCandidates({
      examples: world(9),
      candidates: [candidate("ties", -0.8), candidate("dare_ties", 0)],
      policy: { kind: "linucb", exploration: 0, ridge: 1 },
      random: createRandom({ seed: 3, counter: 0 }),
    });
    expect(first!.why[0]).toMatchObject({ feature: "change_cosine", value: -0.8 });
    expect(first!.why[0]!.effect).toBeGreaterThan(0);
    expect(second!.why).toEqual([]);
  });
});
