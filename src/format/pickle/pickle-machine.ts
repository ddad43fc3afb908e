/** The stack, memo and limits of a pickle that is being read; `read-pickle.ts` drives it. */

import type { ByteReader } from "../byte-reader.ts";
import { pickleErrors } from "../errors.ts";
import { PickleDict, PickleGlobal, PickleList, PickleTuple, type PickleValue } from "./pickle-value.ts";

/** What the machine cannot know. */
export interface PickleHost {
  /** Says what `module.name` stands for. @throws for names that are not allowed */
  findGlobal(module: string, name: string): PickleValue;
  /** Says what a persistent id stands for. */
  findPersistent(id: PickleValue): PickleValue;
}

/** Texts, lists, tuples, dicts, results of calls and places of the memo; a tensor takes about twenty. Bounds memory at some 300 MB. */
const MAX_OBJECTS = 2 ** 22;

/** A tensor's name has at most some hundred characters; a training script's arguments may be longer. */
const MAX_TEXT_BYTES = 2 ** 20;

/** The state of a pickle being read. Its methods are what operations are made of. */
export class PickleMachine {
  readonly reader: ByteReader;
  readonly host: PickleHost;
  readonly #file: string;
  readonly #memo = new Map<number, PickleValue>();
  readonly #marks: number[] = [];
  #stack: PickleValue[] = [];
  #objects = 0;

  /** @param file - stands in errors. */
  constructor(reader: ByteReader, host: PickleHost, file: string) {
    this.reader = reader;
    this.host = host;
    this.#file = file;
  }

  push(value: PickleValue): void {
    this.#stack.push(value);
  }

  pop(): PickleValue {
    if (this.#stack.length <= (this.#marks.at(-1) ?? 0)) this.fail("takes a value from an empty stack");
    return this.#stack.pop()!;
  }

  /** The value on top, which stays. */
  top(): PickleValue {
    const value = this.pop();
    this.push(value);
    return value;
  }

  mark(): void {
    this.#marks.push(this.#stack.length);
  }

  /** Takes all values since the last mark, and the mark. */
  popMarked(): PickleValue[] {
    const from = this.#marks.pop();
    if (from === undefined) this.fail("takes values up to a mark that was not set");
    return this.#stack.splice(from);
  }

  /** Takes n values, in the order in which they were pushed. */
  popMany(n: number): PickleValue[] {
    return Array.from({ length: n }, () => this.pop()).reverse();
  }

  put(index: number): void {
    this.countObject(this.#memo.has(index) ? 0 : 1);
    this.#memo.set(index, this.top());
  }

  putNext(): void {
    this.put(this.#memo.size);
  }

  get(index: number): void {
    const value = this.#memo.get(index);
    if (value === undefined) this.fail(`asks for memo ${index}, which was not set`);
    this.push(value);
  }

  tuple(items: readonly PickleValue[]): void {
    this.countObject();
    this.push(new PickleTuple(items));
  }

  list(): void {
    this.countObject();
    this.push(new PickleList());
  }

  dict(): void {
    this.countObject();
    this.push(new PickleDict());
  }

  /** Adds values to the list on top; what is no list (a set, something opaque) swallows them. */
  append(values: readonly PickleValue[]): void {
    const target = this.top();
    if (target instanceof PickleList) for (const value of values) target.items.push(value);
  }

  /** Adds keys and values, in turn, to the dict on top. */
  setItems(values: readonly PickleValue[]): void {
    const target = this.top();
    if (values.length % 2 !== 0) this.fail("gives a key without a value");
    if (!(target instanceof PickleDict)) return;
    for (let i = 0; i < values.length; i += 2) target.entries.set(values[i]!, values[i + 1]!);
  }

  text(lengthBytes: number): string {
    if (lengthBytes > MAX_TEXT_BYTES)
      throw pickleErrors.pickle_too_large({ file: this.#file, what: "bytes of one text", max: MAX_TEXT_BYTES });
    this.countObject();
    return new TextDecoder().decode(this.reader.bytes(lengthBytes));
  }

  /** Text up to the next line feed, which is passed over. */
  line(): string {
    const bytes: number[] = [];
    for (let byte = this.reader.u8(); byte !== 0x0a; byte = this.reader.u8()) {
      bytes.push(byte);
      if (bytes.length > 1000) this.fail("has a name that does not end");
    }
    return new TextDecoder().decode(Uint8Array.from(bytes));
  }

  /** Replaces a callable and its arguments by what the host says that they give. */
  call(callable: PickleValue, args: PickleValue): void {
    if (!(callable instanceof PickleGlobal)) this.fail("calls what is not a name");
    if (!(args instanceof PickleTuple)) this.fail(`calls ${callable.name} without a tuple of arguments`);
    // A list may be handed over many times, and is gone through each time.
    for (const item of args.items) this.countObject(item instanceof PickleList ? item.items.length : 0);
    this.countObject();
    this.push(callable.call(args.items));
  }

  countObject(count = 1): void {
    this.#objects += count;
    if (this.#objects > MAX_OBJECTS)
      throw pickleErrors.pickle_too_large({ file: this.#file, what: "objects", max: MAX_OBJECTS });
  }

  fail(what: string): never {
    throw pickleErrors.pickle_damaged({ file: this.#file, at: this.reader.at, what });
  }
}
