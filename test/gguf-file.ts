/** Builds GGUF files by the letter of the format. */

/** A value with its type's number; a list is `[9, [type of the items, items]]`. */
export type TypedValue = readonly [type: number, value: unknown];

/** A tensor of a file; the shape is outermost first. */
export interface GgufContent {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: number;
  readonly bytes: Uint8Array;
}

const le = (value: number, bytes: number): number[] =>
  Array.from({ length: bytes }, (_, i) => Number((BigInt(value) >> BigInt(8 * i)) & 255n));

const text = (value: string): number[] => {
  const bytes = [...new TextEncoder().encode(value)];
  return [...le(bytes.length, 8), ...bytes];
};

const INTEGERS: Readonly<Record<number, number>> = { 0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 7: 1, 10: 8, 11: 8 };

function bytesOf([type, value]: TypedValue): number[] {
  if (type === 8) return text(value as string);
  if (type === 6) return [...new Uint8Array(Float32Array.of(value as number).buffer)];
  if (type === 12) return [...new Uint8Array(Float64Array.of(value as number).buffer)];
  if (type !== 9) return le(Number(value), INTEGERS[type]!);
  const [itemType, items] = value as readonly [number, readonly unknown[]];
  return [...le(itemType, 4), ...le(items.length, 8), ...items.flatMap((item) => bytesOf([itemType, item]))];
}

/** Returns the bytes of a file of version 3. */
export function formatGguf(
  metadata: Readonly<Record<string, TypedValue>>,
  tensors: readonly GgufContent[],
  alignment = 32,
): Uint8Array {
  const keys = Object.entries(metadata);
  const head = [...le(0x46554747, 4), ...le(3, 4), ...le(tensors.length, 8), ...le(keys.length, 8)];
  for (const [key, value] of keys) head.push(...text(key), ...le(value[0], 4), ...bytesOf(value));
  const pad = (length: number): number => Math.ceil(length / alignment) * alignment;
  let offset = 0;
  for (const { name, shape, type, bytes } of tensors) {
    head.push(...text(name), ...le(shape.length, 4), ...shape.toReversed().flatMap((size) => le(size, 8)));
    head.push(...le(type, 4), ...le(offset, 8));
    offset += pad(bytes.length);
  }
  const file = new Uint8Array(pad(head.length) + offset);
  file.set(head);
  let at = pad(head.length);
  for (const { bytes } of tensors) {
    file.set(bytes, at);
    at += pad(bytes.length);
  }
  return file;
}
