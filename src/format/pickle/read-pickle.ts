/**
 * Reads pickles as data: plain values are built, everything else is asked of a host, and nothing runs. The operations are
 * those of Python's protocols 2 to 5; text forms of protocol 0, INST, OBJ and extensions are refused.
 *
 * @source https://github.com/python/cpython/blob/main/Lib/pickletools.py (the meaning of each operation)
 */

import type { ByteReader } from "../byte-reader.ts";
import { pickleErrors } from "../errors.ts";
import { type PickleHost, PickleMachine } from "./pickle-machine.ts";
import { OPAQUE, PickleDict, type PickleValue } from "./pickle-value.ts";

/** A checkpoint of 100 000 tensors takes about 5 million operations; this bounds time at a few seconds. */
const MAX_OPERATIONS = 2 ** 24;

/** The operation that ends a pickle. */
const STOP = 0x2e;

/**
 * Reads one pickle, up to and with its end.
 *
 * @param file - stands in errors.
 * @throws format/truncated, pickle_operation, pickle_damaged, pickle_too_large, and what the host raises
 */
export function readPickle(reader: ByteReader, host: PickleHost, file: string): PickleValue {
  const machine = new PickleMachine(reader, host, file);
  for (let count = 0; count < MAX_OPERATIONS; count++) {
    const at = reader.at;
    const byte = reader.u8();
    if (byte === STOP) return machine.pop();
    const operation = OPERATIONS.get(byte);
    if (operation === undefined) throw pickleErrors.pickle_operation({ file, at, code: byte });
    operation(machine);
  }
  throw pickleErrors.pickle_too_large({ file, what: "operations", max: MAX_OPERATIONS });
}

type Operation = (m: PickleMachine) => void;

/** By the operation's byte, which is an ASCII sign in protocol 2 and older. */
const OPERATIONS: ReadonlyMap<number, Operation> = new Map<number, Operation>([
  [code("("), (m) => m.mark()],
  [code("0"), (m) => void m.pop()],
  [code("1"), (m) => void m.popMarked()],
  [code("2"), (m) => m.push(m.top())],
  [code("N"), (m) => m.push(null)],
  [code("J"), (m) => m.push(m.reader.i32())],
  [code("K"), (m) => m.push(m.reader.u8())],
  [code("M"), (m) => m.push(m.reader.u16())],
  [code("G"), (m) => m.push(m.reader.f64BigEndian())],
  [code("X"), (m) => m.push(m.text(m.reader.u32()))],
  [code("T"), (m) => m.push(m.text(m.reader.u32()))],
  [code("U"), (m) => m.push(m.text(m.reader.u8()))],
  [code("B"), (m) => pushBytes(m, m.reader.u32())],
  [code("C"), (m) => pushBytes(m, m.reader.u8())],
  [code(")"), (m) => m.tuple([])],
  [code("t"), (m) => m.tuple(m.popMarked())],
  [code("]"), (m) => m.list()],
  [code("a"), (m) => m.append([m.pop()])],
  [code("e"), (m) => m.append(m.popMarked())],
  [code("l"), (m) => collectList(m, m.popMarked())],
  [code("}"), (m) => m.dict()],
  [code("s"), (m) => m.setItems(m.popMany(2))],
  [code("u"), (m) => m.setItems(m.popMarked())],
  [code("d"), (m) => collectDict(m, m.popMarked())],
  [code("c"), (m) => m.push(m.host.findGlobal(m.line(), m.line()))],
  [code("R"), callTop],
  [code("b"), (m) => void m.pop()],
  [code("Q"), (m) => m.push(m.host.findPersistent(m.pop()))],
  [code("q"), (m) => m.put(m.reader.u8())],
  [code("r"), (m) => m.put(m.reader.u32())],
  [code("h"), (m) => m.get(m.reader.u8())],
  [code("j"), (m) => m.get(m.reader.u32())],
  [0x80, (m) => void m.reader.u8()],
  [0x81, callTop],
  [0x85, (m) => m.tuple(m.popMany(1))],
  [0x86, (m) => m.tuple(m.popMany(2))],
  [0x87, (m) => m.tuple(m.popMany(3))],
  [0x88, (m) => m.push(true)],
  [0x89, (m) => m.push(false)],
  [0x8a, (m) => m.push(readLong(m, m.reader.u8()))],
  [0x8b, (m) => m.push(readLong(m, m.reader.u32()))],
  [0x8c, (m) => m.push(m.text(m.reader.u8()))],
  [0x8d, (m) => m.push(m.text(m.reader.u64()))],
  [0x8e, (m) => pushBytes(m, m.reader.u64())],
  [0x8f, (m) => m.push(OPAQUE)],
  [0x90, (m) => void m.popMarked()],
  [0x91, freezeSet],
  [0x92, callWithKeywords],
  [0x93, (m) => findNamed(m, m.popMany(2))],
  [0x94, (m) => m.putNext()],
  [0x95, (m) => void m.reader.u64()],
]);

function code(sign: string): number {
  return sign.charCodeAt(0);
}

function freezeSet(m: PickleMachine): void {
  m.popMarked();
  m.push(OPAQUE);
}

/** Bytes never hold a tensor's name or size, so they are not kept. */
function pushBytes(m: PickleMachine, length: number): void {
  m.reader.skip(length);
  m.push(OPAQUE);
}

/** Two's complement, little-endian. Numbers of more than eight bytes are random states and the like. */
function readLong(m: PickleMachine, length: number): PickleValue {
  if (length > 8) {
    m.reader.skip(length);
    return OPAQUE;
  }
  const bytes = m.reader.bytes(length);
  const magnitude = bytes.reduce((sum, byte, i) => sum + byte * 2 ** (8 * i), 0);
  const isNegative = length > 0 && bytes[length - 1]! >= 0x80;
  return isNegative ? magnitude - 2 ** (8 * length) : magnitude;
}

function collectList(m: PickleMachine, items: readonly PickleValue[]): void {
  m.list();
  m.append(items);
}

function collectDict(m: PickleMachine, items: readonly PickleValue[]): void {
  m.dict();
  m.setItems(items);
}

function callTop(m: PickleMachine): void {
  const args = m.pop();
  m.call(m.pop(), args);
}

function callWithKeywords(m: PickleMachine): void {
  const keywords = m.pop();
  if (!(keywords instanceof PickleDict) || keywords.entries.size > 0) m.fail("calls a name with keywords");
  callTop(m);
}

function findNamed(m: PickleMachine, [module, name]: readonly PickleValue[]): void {
  if (typeof module !== "string" || typeof name !== "string") m.fail("has a name that is no text");
  m.push(m.host.findGlobal(module, name));
}
