import { expect, it } from "vitest";
import { tokenLogprobs } from "./token-logprobs.ts";

it("gives the logarithm of the softmax, and the best tokens in order", () => {
  const logits = Float32Array.of(1, 3, 3, -2, 2);
  const sum = [...logits].reduce((total, logit) => total + Math.exp(logit), 0);
  const { id, logprob, top } = tokenLogprobs(logits, 3, 3);
  expect(id).toBe(3);
  expect(logprob).toBeCloseTo(-2 - Math.log(sum), 10);
  expect(top.map((token) => token.id)).toEqual([1, 2, 4]);
  expect(top[2]!.logprob).toBeCloseTo(2 - Math.log(sum), 10);
});

it("takes what there is, and nothing where nothing is wanted", () => {
  expect(tokenLogprobs(Float32Array.of(0, 1), 0, 9).top.map(({ id }) => id)).toEqual([1, 0]);
  expect(tokenLogprobs(Float32Array.of(0, 1), 0, 0).top).toEqual([]);
  expect(tokenLogprobs(Float32Array.of(1e30, 0), 0, 0).logprob).toBe(0);
});
