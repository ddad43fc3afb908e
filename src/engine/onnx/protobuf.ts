/**
 * The kinds of protocol buffer fields that our ONNX graphs need, written to bytes. Pure; a message is the concatenation of
 * its fields.
 *
 * @source https://protobuf.dev/programming-guides/encoding/
 */

const VARINT = 0;
const LENGTH_DELIMITED = 2;
const FIXED_32 = 5;

const utf8 = new TextEncoder();

/** Writes an integer field; negative values take ten bytes, as int64 does. @param value - a safe integer. */
export function integerField(field: number, value: number): Uint8Array {
  return Uint8Array.from([...varint(tag(field, VARINT)), ...varint(BigInt(value))]);
}

/** Writes a 32-bit float field. */
export function floatField(field: number, value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setFloat32(0, value, true);
  return joinBytes([Uint8Array.from(varint(tag(field, FIXED_32))), bytes]);
}

/** Writes a text field, as UTF-8. */
export function textField(field: number, text: string): Uint8Array {
  return bytesField(field, utf8.encode(text));
}

/** Writes a field that holds a message with the given fields. */
export function messageField(field: number, fields: readonly Uint8Array[]): Uint8Array {
  return bytesField(field, joinBytes(fields));
}

/** Concatenates byte arrays into a new one. */
export function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let end = 0;
  for (const part of parts) {
    joined.set(part, end);
    end += part.length;
  }
  return joined;
}

function bytesField(field: number, content: Uint8Array): Uint8Array {
  const head = [...varint(tag(field, LENGTH_DELIMITED)), ...varint(BigInt(content.length))];
  return joinBytes([Uint8Array.from(head), content]);
}

function tag(field: number, wireType: number): bigint {
  return BigInt(field * 8 + wireType);
}

function varint(value: bigint): number[] {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  while (rest >= 128n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return bytes;
}
