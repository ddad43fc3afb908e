import type { Random } from "../../src/base/philox.ts";
import { layoutSafetensors } from "../../src/format/safetensors.ts";
import { DTYPES } from "../../src/tensor/dtype.ts";

const TOKENS = [
  "-1",
  "0",
  "1e3",
  "0.5",
  "4294967296",
  "9007199254740991",
  "99999999999999999999",
  "null",
  "[]",
  "{}",
  '""',
].concat([
  '"__proto__"',
  '"\\ud800"',
  '"F4"',
  '"BF16"',
  '"I7"',
  '"shape"',
  '"dtype"',
  "{",
  "}",
  "[",
  "]",
  ",",
  ":",
  "\\",
  "\0",
  "é",
]);

/** Makes a small safetensors file and damages it in one to three places: bytes, length, or the header's words. */
export function createDamagedSafetensors(random: Random): Uint8Array {
  let file = createFile(random);
  for (let n = 1 + random.nextBelow(3); n > 0; n--) file = damageOnce(file, random);
  return file;
}

function createFile(random: Random): Uint8Array {
  const tensors = Array.from({ length: random.nextBelow(5) }, (_, i) => ({
    name: `layers.${i}.weight`,
    dtype: DTYPES[random.nextBelow(DTYPES.length)]!,
    shape: Array.from({ length: 1 + random.nextBelow(3) }, () => 4 * random.nextBelow(3)),
  }));
  const { head, sizeBytes } = layoutSafetensors(tensors);
  const file = new Uint8Array(sizeBytes);
  file.set(head);
  return file;
}

function damageOnce(file: Uint8Array, random: Random): Uint8Array {
  const at = random.nextBelow(file.length + 1);
  const kind = random.nextBelow(12);
  if (kind === 0) return file.slice(0, at);
  if (kind === 1) return concat(file, new Uint8Array(random.nextBelow(16)));
  if (kind === 2) return concat(file.slice(0, at), Uint8Array.of(random.nextBelow(256)), file.slice(at + 1));
  if (kind === 3)
    return concat(file.slice(0, random.nextBelow(9)), new Uint8Array(1).fill(random.nextBelow(256)), file.slice(8));
  return editHeader(file, (header) => (kind < 7 ? moveTensor : replaceToken)(header, random));
}

/** Puts something else in the place of a number, a text or a sign of the header. */
function replaceToken(header: string, random: Random): string {
  const tokens: string[] = header.match(/"[^"]*"|\d+|./gs) ?? [];
  const from = random.nextBelow(2) === 0 ? TOKENS : tokens;
  if (tokens.length > 0) tokens[random.nextBelow(tokens.length)] = from[random.nextBelow(from.length)]!;
  return tokens.join("");
}

/** Moves one tensor, so that it overlaps another or leaves a hole. */
function moveTensor(header: string, random: Random): string {
  const offset = random.nextBelow(9);
  const chosen = random.nextBelow(4);
  let seen = 0;
  return header.replace(/\[(\d+),(\d+)\]\}/g, (pair, begin: string, end: string) =>
    seen++ === chosen ? `[${Number(begin) + offset},${Number(end) + offset}]}` : pair,
  );
}

/** Changes the header's text and mends its length. */
function editHeader(file: Uint8Array, edit: (header: string) => string): Uint8Array {
  if (file.length < 8) return file;
  const headerBytes = Math.min(file.length - 8, new DataView(file.buffer).getUint32(0, true));
  const header = new TextEncoder().encode(edit(new TextDecoder().decode(file.slice(8, 8 + headerBytes))));
  const length = new Uint8Array(8);
  new DataView(length.buffer).setUint32(0, header.length, true);
  return concat(length, header, file.slice(8 + headerBytes));
}

function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}
