import fc from "fast-check";
import { expect, it } from "vitest";
import { Lanes } from "./lanes.ts";

it("deals stretches of about the same size", () => {
  const lanes = new Lanes([4, 1, 1, 2, 3, 1], (size) => size, 3);
  expect([lanes.next(0), lanes.next(1), lanes.next(2)]).toEqual([4, 1, 3]);
  expect([lanes.next(1), lanes.next(1), lanes.next(2)]).toEqual([1, 2, 1]);
});

it("lets who is through take the next one of the longest stretch that is left", () => {
  const lanes = new Lanes(["a", "b", "c", "d", "e", "f"], () => 1, 3);
  expect([lanes.next(0), lanes.next(0), lanes.next(1), lanes.next(0), lanes.next(0)]).toEqual([
    "a",
    "b",
    "c",
    "e",
    "d",
  ]);
  expect([lanes.next(2), lanes.next(2), lanes.next(0)]).toEqual(["f", undefined, undefined]);
});

it("gives ahead only what is a thread's own and not the end of its stretch", () => {
  const lanes = new Lanes(["a", "b", "c", "d"], () => 1, 2);
  expect([lanes.next(0), lanes.nextAhead(0, 1)]).toEqual(["a", undefined]);
  expect([lanes.nextAhead(1, 1), lanes.nextAhead(1, 1)]).toEqual(["c", undefined]);
  expect([lanes.next(0), lanes.nextAhead(0, 1), lanes.next(0)]).toEqual(["b", undefined, "d"]);
  expect([3, 2].map((end) => new Lanes(["a", "b", "c"], () => 1, 1).nextAhead(0, end))).toEqual([undefined, "a"]);
});

it("hands out everything once, whoever asks", () => {
  const sizes = fc.array(fc.nat(9), { maxLength: 30 });
  fc.assert(
    fc.property(
      sizes,
      fc.integer({ min: 1, max: 5 }),
      fc.array(fc.nat(4), { maxLength: 200 }),
      (items, count, asks) => {
        const lanes = new Lanes([...items.keys()], (i) => items[i]!, count);
        const given = asks.map((thread) => lanes.next(thread % count)).filter((item) => item !== undefined);
        for (let item = lanes.next(0); item !== undefined; item = lanes.next(0)) given.push(item);
        expect(given.toSorted((a, b) => a - b)).toEqual([...items.keys()]);
      },
    ),
  );
});
