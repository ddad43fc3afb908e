/** Which thread does which piece of work, in memory that threads share; the main thread may wait for it too. */

const BYTES_OUT = 0;
const STOPPED = 1;
const FIRST_STATE = 2;

const FREE = 0;
const CLAIMED = 1;
const READY = 2;
const GONE = 3;

/** How a piece stands. */
export type ClaimState = "free" | "claimed" | "ready" | "gone";

const NAMES: readonly ClaimState[] = ["free", "claimed", "ready", "gone"];

/** Pieces of work that threads take one after the other, no further ahead than the results have room. */
export class SharedClaims {
  readonly #cells: Int32Array;

  /** @param memory - of `claimsMemory`; the same for all threads. */
  constructor(memory: SharedArrayBuffer) {
    this.#cells = new Int32Array(memory);
  }

  /** Takes a piece, unless somebody has. */
  claim(piece: number): boolean {
    return Atomics.compareExchange(this.#cells, FIRST_STATE + piece, FREE, CLAIMED) === FREE;
  }

  /** Says that a claimed piece's result is there, or that there is none to wait for. */
  settle(piece: number, state: "ready" | "gone"): void {
    Atomics.store(this.#cells, FIRST_STATE + piece, state === "ready" ? READY : GONE);
    Atomics.notify(this.#cells, FIRST_STATE + piece);
  }

  stateOf(piece: number): ClaimState {
    return NAMES[Atomics.load(this.#cells, FIRST_STATE + piece)]!;
  }

  /** Waits until somebody settles a piece that is claimed, at most so long. */
  waitFor(piece: number, milliseconds: number): void {
    Atomics.wait(this.#cells, FIRST_STATE + piece, CLAIMED, milliseconds);
  }

  /** Bytes of results that nobody has taken yet, those of claimed pieces included. */
  get bytesOut(): number {
    return Atomics.load(this.#cells, BYTES_OUT);
  }

  /** Counts a result's bytes when its piece is claimed, and off again when it is taken. */
  countBytes(bytes: number): void {
    Atomics.add(this.#cells, BYTES_OUT, bytes);
    Atomics.notify(this.#cells, BYTES_OUT);
  }

  /** Waits until fewer bytes than `most` are out. @returns false when the work is stopped. */
  waitForRoom(most: number): boolean {
    for (let out = this.bytesOut; out >= most && !this.isStopped; out = this.bytesOut)
      Atomics.wait(this.#cells, BYTES_OUT, out);
    return !this.isStopped;
  }

  get isStopped(): boolean {
    return Atomics.load(this.#cells, STOPPED) === 1;
  }

  /** Lets nobody take or wait any more. */
  stop(): void {
    Atomics.store(this.#cells, STOPPED, 1);
    // Whoever waits for room looks again only when the count has changed.
    Atomics.add(this.#cells, BYTES_OUT, 1);
    Atomics.notify(this.#cells, BYTES_OUT);
  }
}

/** Makes the memory of claims to so many pieces, all of them free. */
export function claimsMemory(pieces: number): SharedArrayBuffer {
  return new SharedArrayBuffer(4 * (FIRST_STATE + pieces));
}
