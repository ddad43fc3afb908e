/** Sizes of a tensor's axes, outermost first; `[]` is a scalar. */
export type Shape = readonly number[];

/** Returns the number of elements; exact up to 2^53, beyond which it is only approximate. */
export function elementCount(shape: Shape): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Whether two shapes are equal, axis by axis. */
export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

/** Formats a shape for people: `[690, 128]`. */
export function formatShape(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}
