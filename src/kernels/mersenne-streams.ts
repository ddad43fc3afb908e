/**
 * Places in Mersenne Twister streams, opened in any number and drawn from in any order, over one working state.
 *
 * Opening goes on from the nearest place that is still remembered, so that a merge that opens places in ascending order
 * makes every word once.
 *
 * @source Matsumoto and Nishimura 1998, "Mersenne Twister", https://doi.org/10.1145/272991.272995
 */

import type { RandomWords } from "./random-words.ts";

/** Words in the state. */
export const STATE_WORDS = 624;

/** The arithmetic that streams are made of; its twins are in WebAssembly and plain TypeScript. */
export interface MersenneEngine {
  /** [624] the state that the functions work on. */
  readonly state: Uint32Array;
  /** Replaces the state by the next 624 words, not tempered, so many times. */
  twist(times: number): void;
  /** Draws from word `index` of the state, [1, 624], twisting where it ends. @returns the next index. */
  fill(index: number, out: Uint32Array): number;
  /** @param limit - integer in [0, 2^24]; entries are kept whose draw's lower 24 bits are below it. */
  dropOut(index: number, values: Float32Array, limit: number): number;
  dropOutBy(index: number, values: Float32Array, keeps: Float32Array): number;
}

/** A state of a stream, after so many twists. */
interface Bookmark {
  readonly seed: number;
  readonly twists: number;
  readonly state: Uint32Array;
}

/** Places remembered: those of two passes over a tensor of 32 models. */
const MAX_BOOKMARKS = 64;

/** The streams over one engine. */
export class MersenneStreams {
  readonly #engine: MersenneEngine;
  #bookmarks: Bookmark[] = [];
  #streams: Stream[] = [];
  #current: Stream | undefined;

  constructor(engine: MersenneEngine) {
    this.#engine = engine;
  }

  /**
   * Opens a stream at a place.
   *
   * @param seed - integer; its low 32 bits count.
   * @param position - words to skip, ≥ 0.
   */
  open(seed: number, position: number): RandomWords {
    const key = seed >>> 0;
    const twists = Math.ceil(position / STATE_WORDS);
    const from = this.#nearest(key, twists);
    this.#load(undefined);
    this.#engine.state.set(from.state);
    this.#engine.twist(twists - from.twists);
    const state = this.#engine.state.slice();
    this.#bookmarks = [...this.#bookmarks, { seed: key, twists, state }].slice(-MAX_BOOKMARKS);
    const stream = new Stream((own) => this.#load(own), { seed: key, position, state: state.slice() });
    this.#streams = [...this.#streams, stream].slice(-MAX_BOOKMARKS);
    return stream;
  }

  /** The remembered place closest before the one after `twists`. */
  #nearest(seed: number, twists: number): Bookmark {
    this.#load(undefined);
    let best: Bookmark | undefined;
    for (const place of [...this.#bookmarks, ...this.#streams]) {
      if (place.seed !== seed || place.twists > twists) continue;
      if (best === undefined || place.twists >= best.twists) best = place;
    }
    return best ?? { seed, twists: 0, state: seededState(seed) };
  }

  /** Puts a stream's state into the engine, after the one that was there has taken its own back. */
  #load(stream: Stream | undefined): MersenneEngine {
    if (stream !== this.#current) {
      this.#current?.state.set(this.#engine.state);
      if (stream !== undefined) this.#engine.state.set(stream.state);
      this.#current = stream;
    }
    return this.#engine;
  }
}

class Stream implements RandomWords {
  readonly seed: number;
  readonly state: Uint32Array;
  readonly #engine: (own: Stream) => MersenneEngine;
  #position: number;
  #index: number;

  constructor(engine: (own: Stream) => MersenneEngine, at: { seed: number; position: number; state: Uint32Array }) {
    this.#engine = engine;
    this.seed = at.seed;
    this.state = at.state;
    this.#position = at.position;
    this.#index = at.position - (this.twists - 1) * STATE_WORDS;
  }

  get position(): number {
    return this.#position;
  }

  get twists(): number {
    return Math.ceil(this.#position / STATE_WORDS);
  }

  fill(out: Uint32Array): void {
    this.#index = this.#engine(this).fill(this.#index, out);
    this.#position += out.length;
  }

  dropOut(values: Float32Array, keep: number): void {
    const limit = Math.min(Math.max(Math.ceil(keep * 2 ** 24), 0), 2 ** 24);
    this.#index = this.#engine(this).dropOut(this.#index, values, limit);
    this.#position += values.length;
  }

  dropOutBy(values: Float32Array, keeps: Float32Array): void {
    this.#index = this.#engine(this).dropOutBy(this.#index, values, keeps);
    this.#position += values.length;
  }
}

function seededState(seed: number): Uint32Array {
  const state = new Uint32Array(STATE_WORDS);
  state[0] = seed;
  for (let i = 1; i < STATE_WORDS; i++) {
    const previous = state[i - 1]!;
    state[i] = Math.imul(1812433253, previous ^ (previous >>> 30)) + i;
  }
  return state;
}
