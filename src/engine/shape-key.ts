import { canonicalJson, type Json } from "../base/canonical-json.ts";
import type { DecoderShape } from "./decoder-shape.ts";
import type { LongRope } from "./rope.ts";

/** Returns a text that is equal for equal shapes, whatever part of a shape it is given. */
export function shapeKey({ architecture, ropes = [], ...rest }: Partial<DecoderShape>): string {
  const turns = ropes.map(({ scale, frequencies, long }) => [
    scale,
    ...frequencies,
    ...(long === undefined ? [] : longNumbers(long)),
  ]);
  return canonicalJson({ ...rest, className: architecture?.className ?? null, turns } as unknown as Json);
}

function longNumbers(long: LongRope): readonly number[] {
  return [long.beyond, ...("frequencies" in long ? long.frequencies : [long.theta, long.factor])];
}
