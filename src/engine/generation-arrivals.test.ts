import { expect, it } from "vitest";
import { createArrivals } from "./generation-arrivals.ts";
import type { Sequence } from "./generation-rounds.ts";

const one = (request: number, tokens: number): Sequence => ({ request, prompt: [1], room: tokens - 1 });
const round = { slots: 1, positions: 10, sequences: [one(0, 10)] };

function arrive(newcomers: readonly Sequence[], { cachePositions = 1000, isLast = true, active = 1 } = {}) {
  const grown: (readonly number[])[] = [];
  const cache = { grow: (...layout: readonly number[]) => void grown.push(layout) };
  const limits = { sequences: 8, cachePositions, logitRows: 100 };
  const arrivals = createArrivals({ cache, limits, newcomers: () => newcomers }, round, isLast);
  arrivals.waiting.length = 0;
  arrivals.welcome(active);
  const requests = (sequences: readonly Sequence[]) => sequences.map(({ request }) => request);
  return { grown, waiting: requests(arrivals.waiting), later: requests(arrivals.later), slots: arrivals.slots };
}

it("makes room for newcomers at once, for more of them than there are", () => {
  const two = [one(1, 5), one(2, 40)];
  expect(arrive(two)).toEqual({ grown: [[4, 40, 1]], waiting: [1, 2], later: [], slots: 4 });
});

it("leaves the cache as it is when nobody comes", () => {
  expect(arrive([])).toEqual({ grown: [], waiting: [], later: [], slots: 1 });
});

it("lets those wait for whom there is no room, and all behind them", () => {
  const three = [one(1, 10), one(2, 40), one(3, 5)];
  expect(arrive(three, { cachePositions: 30, active: 1 })).toMatchObject({ waiting: [1], later: [2, 3] });
  expect(arrive([one(1, 20)], { cachePositions: 30, active: 2 })).toMatchObject({ waiting: [], later: [1] });
});

it("lets newcomers wait behind other rounds", () => {
  expect(arrive([one(1, 5)], { isLast: false })).toMatchObject({ grown: [], waiting: [], later: [1] });
});
