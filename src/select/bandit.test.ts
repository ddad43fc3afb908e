import { describe, expect, it } from "vitest";
import { createRandom } from "../base/philox.ts";
import { type BanditState, learnReward, rateOptions } from "./bandit.ts";

const random = () => createRandom({ seed: 1, counter: 0 });
const option = (arm: string, ...context: number[]) => ({ id: arm, arm, context });

it("solves the ridge regression of an arm", () => {
  let state: BanditState = { arms: {} };
  for (const [x, reward] of [
    [1, 0.2],
    [2, 0.4],
    [3, 0.6],
  ] as const)
    state = learnReward(state, option("a", x), reward, 1);
  // A = 1 + 1 + 4 + 9, b = 0.2 + 0.8 + 1.8
  const [rated] = rateOptions(state, { kind: "linucb", exploration: 1, ridge: 1 }, [option("a", 2)], random());
  expect(rated!.expected).toBeCloseTo((2 * 2.8) / 15, 12);
  expect(rated!.uncertainty).toBeCloseTo(2 / Math.sqrt(15), 12);
  expect(rated!.index).toBeCloseTo(rated!.expected + rated!.uncertainty, 12);
  expect(state.arms["a"]!.pulls).toBe(3);
});

describe.each(["linucb", "thompson"] as const)("%s", (kind) => {
  it("finds the better of two arms", () => {
    let state: BanditState = { arms: {} };
    const draws = createRandom({ seed: 7, counter: 0 });
    const pulled = { good: 0, bad: 0 };
    for (let round = 0; round < 200; round++) {
      const options = [option("good", 1, draws.nextUniform()), option("bad", 1, draws.nextUniform())];
      const [best] = rateOptions(state, { kind, exploration: 0.3, ridge: 1 }, options, draws);
      const reward = best!.arm === "good" ? 0.4 + 0.4 * best!.context[1]! : 0.3;
      pulled[best!.arm as "good" | "bad"]++;
      state = learnReward(state, best!, reward, 1);
    }
    expect(pulled.good).toBeGreaterThan(170);
  });
});

it("Thompson's draws differ from round to round and repeat with the seed", () => {
  const rate = (counter: number) =>
    rateOptions(
      { arms: {} },
      { kind: "thompson", exploration: 1, ridge: 1 },
      [option("a", 1)],
      createRandom({ seed: 1, counter }),
    )[0]!.index;
  expect(rate(0)).toBe(rate(0));
  expect(rate(0)).not.toBe(rate(100));
});

it("starts an arm afresh when its context has grown", () => {
  const state = learnReward({ arms: {} }, option("a", 1), 1, 1);
  const [rated] = rateOptions(state, { kind: "linucb", exploration: 0, ridge: 1 }, [option("a", 1, 1)], random());
  expect(rated!.expected).toBe(0);
});
