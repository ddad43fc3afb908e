import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createMemorySource } from "./byte-source.ts";
import { createStridedEncoding, isContiguous, spanOf } from "./strided-tensor.ts";

/** Gathers element by element, as the definition says. */
function gatherPlainly(
  shape: readonly number[],
  strides: readonly number[],
  bytes: Uint8Array,
  begin: number,
  itemBytes: number,
): number[] {
  const visit = (axis: number, at: number): number[] => {
    if (axis === shape.length) return [...bytes.subarray(at, at + itemBytes)];
    return Array.from({ length: shape[axis]! }, (_, i) => visit(axis + 1, at + i * strides[axis]! * itemBytes)).flat();
  };
  return visit(0, begin);
}

const axis = fc.record({ size: fc.integer({ min: 0, max: 5 }), stride: fc.integer({ min: 0, max: 9 }) });
const view = fc.record({
  axes: fc.array(axis, { maxLength: 4 }),
  itemBytes: fc.constantFrom(1, 2, 4, 8),
  begin: fc.integer({ min: 0, max: 3 }),
  from: fc.double({ min: 0, max: 1, noNaN: true }),
  to: fc.double({ min: 0, max: 1, noNaN: true }),
});

describe("createStridedEncoding", () => {
  it("gives any part of any view, as gathering element by element does", () => {
    fc.assert(
      fc.property(view, ({ axes, itemBytes, begin, from, to }) => {
        const shape = axes.map(({ size }) => size);
        const strides = axes.map(({ stride }) => stride);
        const bytes = Uint8Array.from({ length: begin + spanOf(shape, strides) * itemBytes }, (_, i) => i % 256);
        const expected = gatherPlainly(shape, strides, bytes, begin, itemBytes);
        const start = Math.floor(Math.min(from, to) * expected.length);
        const into = new Uint8Array(Math.floor(Math.max(from, to) * expected.length) - start);
        const source = createMemorySource(bytes);
        const encoding = createStridedEncoding({ shape, strides, itemBytes, beginByte: begin });
        encoding.decode((offset, part) => source.read(offset, part), start, into);
        expect([...into]).toEqual(expected.slice(start, start + into.length));
      }),
      { seed: 7, numRuns: 500 },
    );
  });

  it("tells views apart by their strides", () => {
    const kindOf = (strides: readonly number[]): string =>
      createStridedEncoding({ shape: [2, 2], strides, itemBytes: 4, beginByte: 0 }).kind;
    expect(kindOf([1, 2])).not.toBe(kindOf([2, 2]));
  });
});

it("knows views whose elements lie in order", () => {
  expect([isContiguous([2, 3], [3, 1]), isContiguous([2, 3], [1, 2]), isContiguous([1, 3], [99, 1])]).toEqual([
    true,
    false,
    true,
  ]);
  expect([isContiguous([], []), isContiguous([2, 1], [1, 7])]).toEqual([true, true]);
});

it("counts elements from the first to the last", () => {
  expect([spanOf([], []), spanOf([2, 3], [3, 1]), spanOf([2, 0], [3, 1]), spanOf([4], [0])]).toEqual([1, 6, 0, 1]);
});
