import type { Random } from "../../src/base/philox.ts";

/** Values at the edges of what fields of one, two, four and eight bytes hold. */
const EDGES: readonly (readonly number[])[] = [
  [0],
  [255],
  [0, 0, 0, 0],
  [255, 255, 255, 255],
  [255, 255, 255, 127],
  [0, 0, 0, 0, 0, 0, 0, 0],
  [255, 255, 255, 255, 255, 255, 255, 255],
  [0, 0, 0, 0, 0, 0, 32, 0],
  [1, 0, 0, 0, 0, 0, 0, 0],
  [0, 0, 0, 0, 1, 0, 0, 0],
];

/** Most damage goes here, where headers are. */
const HEAD_BYTES = 600;

/** Damages a file in one place: a byte or a field changed, a piece moved, left out or put in, the end cut off. */
export function damageBytes(file: Uint8Array<ArrayBuffer>, random: Random): Uint8Array<ArrayBuffer> {
  const reach = random.nextBelow(3) === 0 ? file.length : Math.min(file.length, HEAD_BYTES);
  const at = random.nextBelow(reach + 1);
  const kind = random.nextBelow(8);
  if (kind === 0) return file.slice(0, at);
  if (kind === 1) return concat(file.slice(0, at), file.slice(at + 1 + random.nextBelow(9)));
  if (kind === 2)
    return concat(file.slice(0, at), file.slice(random.nextBelow(reach + 1)).slice(0, 16), file.slice(at));
  const out = Uint8Array.from(file);
  const edge = kind < 5 ? EDGES[random.nextBelow(EDGES.length)]! : [random.nextBelow(256)];
  out.set(edge.slice(0, Math.max(0, out.length - at)), Math.min(at, out.length));
  return out;
}

function concat(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
