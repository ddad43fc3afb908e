/** Cuts bytes that arrive in pieces into whole stripes, and holds what is left of them. */
export class Stripes {
  readonly #tail: Uint8Array;
  readonly #take: (stripes: Uint8Array) => void;
  #tailBytes = 0;
  #totalBytes = 0;

  /**
   * @param tail - as long as a stripe, in the memory that the bytes are in.
   * @param take - gets one stripe or several.
   */
  constructor(tail: Uint8Array, take: (stripes: Uint8Array) => void) {
    this.#tail = tail;
    this.#take = take;
  }

  add(bytes: Uint8Array): void {
    this.#totalBytes += bytes.length;
    const stripeBytes = this.#tail.length;
    let from = 0;
    if (this.#tailBytes > 0) {
      from = this.#fillTail(bytes);
      if (this.#tailBytes < stripeBytes) return;
      this.#take(this.#tail);
      this.#tailBytes = 0;
    }
    const whole = bytes.length - ((bytes.length - from) % stripeBytes);
    if (whole > from) this.#take(bytes.subarray(from, whole));
    if (whole < bytes.length) this.#fillTail(bytes.subarray(whole));
  }

  /** What is left, less than a stripe. */
  rest(): Uint8Array {
    return this.#tail.subarray(0, this.#tailBytes);
  }

  /** How many bytes were added. */
  get totalBytes(): number {
    return this.#totalBytes;
  }

  #fillTail(bytes: Uint8Array): number {
    const taken = Math.min(bytes.length, this.#tail.length - this.#tailBytes);
    this.#tail.set(bytes.subarray(0, taken), this.#tailBytes);
    this.#tailBytes += taken;
    return taken;
  }
}
