import { expect, it } from "vitest";
import { joinParts, readParts } from "./score-parts.ts";
import type { TokenReader } from "./token-reader.ts";

const reader = {
  readPair: () => ({ context: [9], continuation: [8] }),
  readWhole: (text: string) => ({ start: 0, ids: Array.from(text, Number) }),
} as unknown as TokenReader;

it("scores a whole text by its windows, and an empty one as certain", () => {
  const requests = [
    { context: "a", continuation: "b" },
    { context: "", continuation: "1234", rolling: true },
    { context: "", continuation: "", rolling: true },
  ];
  const parts = requests.map((request) => readParts(request, reader, 3));
  expect(parts.map(({ length }) => length)).toEqual([1, 2, 0]);
  const one = { logprob: -1, greedy: true, tokens: 2, truncated: true };
  expect(joinParts(parts, [one, one, { ...one, greedy: false }])).toEqual([
    one,
    { logprob: -2, greedy: false, tokens: 4, truncated: false },
    { logprob: 0, greedy: true, tokens: 0, truncated: false },
  ]);
});
