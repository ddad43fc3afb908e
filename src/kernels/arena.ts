import { kernelLimits } from "./errors.ts";

const ALIGNMENT_BYTES = 16;

/**
 * Hands out arrays from one buffer, one behind the other; they are given back all at once, down to a mark.
 *
 * The buffer never grows, so the arrays stay valid.
 */
export class Arena {
  readonly #buffer: ArrayBuffer;
  #top: number;

  /** @param start - first byte that may be handed out. */
  constructor(buffer: ArrayBuffer, start: number) {
    this.#buffer = buffer;
    this.#top = start;
  }

  /** [n], aligned for vectors, content undefined. @throws kernels/out_of_memory */
  floats(n: number): Float32Array {
    return new Float32Array(this.#buffer, this.#take(n * 4), n);
  }

  /** [n], aligned for vectors, content undefined. @throws kernels/out_of_memory */
  doubles(n: number): Float64Array {
    return new Float64Array(this.#buffer, this.#take(n * 8), n);
  }

  /** [n], aligned for vectors, content undefined. @throws kernels/out_of_memory */
  bytes(n: number): Uint8Array {
    return new Uint8Array(this.#buffer, this.#take(n), n);
  }

  /** [n], all zero. @throws kernels/out_of_memory */
  counters(n: number): Uint32Array {
    return new Uint32Array(this.#buffer, this.#take(n * 4), n).fill(0);
  }

  /** How much is taken, to be given to `release`. */
  mark(): number {
    return this.#top;
  }

  /** Gives back everything taken since the mark. */
  release(mark: number): void {
    this.#top = mark;
  }

  #take(askedBytes: number): number {
    const start = Math.ceil(this.#top / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
    const sizeBytes = this.#buffer.byteLength;
    if (start + askedBytes > sizeBytes) {
      throw kernelLimits.out_of_memory({ askedBytes, freeBytes: Math.max(0, sizeBytes - start), sizeBytes });
    }
    this.#top = start + askedBytes;
    return start;
  }
}
