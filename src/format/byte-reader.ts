import type { ByteSource } from "./byte-source.ts";
import { formatErrors } from "./errors.ts";

const BUFFER_BYTES = 65_536;

/** What a reader goes through. */
export interface ByteWindow {
  readonly source: ByteSource;
  /** Where the window begins in the source. */
  readonly beginByte: number;
  readonly endByte: number;
  /** Stands in errors. */
  readonly name: string;
}

/**
 * Reads little-endian values one after the other from a part of a source, without holding more than a small buffer.
 *
 * Every method throws format/truncated when the window ends before the value does. Places count from the window's start.
 */
export class ByteReader {
  readonly #window: ByteWindow;
  readonly #buffer: Uint8Array;
  readonly #view: DataView;
  /** Where the buffer's content begins in the window, and how much of it counts. */
  #bufferAt = 0;
  #filled = 0;
  #at = 0;

  constructor(window: ByteWindow) {
    this.#window = window;
    this.#buffer = new Uint8Array(Math.max(0, Math.min(BUFFER_BYTES, window.endByte - window.beginByte)));
    this.#view = new DataView(this.#buffer.buffer);
  }

  /** Bytes from the window's start to the next value. */
  get at(): number {
    return this.#at;
  }

  /** Bytes from the next value to the window's end. */
  get left(): number {
    return this.#window.endByte - this.#window.beginByte - this.#at;
  }

  /** Passes over n bytes. */
  skip(n: number): void {
    if (n > this.left) this.#fail(n);
    this.#at += n;
  }

  u8(): number {
    return this.#buffer[this.#take(1)]!;
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2), true);
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  i8(): number {
    return this.#view.getInt8(this.#take(1));
  }

  i16(): number {
    return this.#view.getInt16(this.#take(2), true);
  }

  i32(): number {
    return this.#view.getInt32(this.#take(4), true);
  }

  /** Exact up to 2^53, the nearest float beyond. */
  u64(): number {
    const at = this.#take(8);
    return this.#view.getUint32(at, true) + this.#view.getUint32(at + 4, true) * 2 ** 32;
  }

  /** Exact up to 2^53 in magnitude, the nearest float beyond. */
  i64(): number {
    return Number(this.#view.getBigInt64(this.#take(8), true));
  }

  f32(): number {
    return this.#view.getFloat32(this.#take(4), true);
  }

  f64(): number {
    return this.#view.getFloat64(this.#take(8), true);
  }

  /** Reads a float64 whose bytes stand the other way round. */
  f64BigEndian(): number {
    return this.#view.getFloat64(this.#take(8), false);
  }

  /** Reads n bytes into new memory. The window's end is checked first, so that n cannot ask for more than there is. */
  bytes(n: number): Uint8Array {
    if (n > this.left) this.#fail(n);
    const out = new Uint8Array(n);
    if (n <= this.#buffer.length) {
      const from = this.#take(n);
      out.set(this.#buffer.subarray(from, from + n));
    } else {
      this.#window.source.read(this.#window.beginByte + this.#at, out);
      this.#at += n;
    }
    return out;
  }

  /** Makes sure that the next n bytes are in the buffer, and passes over them. @returns their place in the buffer. */
  #take(n: number): number {
    if (n > this.left) this.#fail(n);
    if (this.#at < this.#bufferAt || this.#at + n > this.#bufferAt + this.#filled) {
      this.#filled = Math.min(this.#buffer.length, this.left);
      this.#bufferAt = this.#at;
      this.#window.source.read(this.#window.beginByte + this.#at, this.#buffer.subarray(0, this.#filled));
    }
    const place = this.#at - this.#bufferAt;
    this.#at += n;
    return place;
  }

  #fail(n: number): never {
    const { name, beginByte, endByte } = this.#window;
    throw formatErrors.truncated({ file: name, sizeBytes: endByte - beginByte, neededBytes: this.#at + n });
  }
}
