/**
 * Places in Mersenne Twister streams, opened in any number and drawn from in any order, over one working state.
 *
 * Opening goes on from the nearest place that is still remembered, so that a merge that opens places in ascending order
 * makes every word once.
 *
 * @source Matsumoto and Nishimura 1998, "Mersenne Twister", https://doi.org/10.1145/272991.272995
 */

import { type Bookmark, Bookmarks } from "./bookmarks.ts";
import { dropLimit, type RandomWords } from "./random-words.ts";

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
}

/** Places remembered, of 2.5 KB each: enough for each tensor and model of a large merge. */
const MAX_BOOKMARKS = 2048;

/** Streams whose last place is remembered, too. */
const MAX_STREAMS = 64;

/** The streams over one engine. */
export class MersenneStreams {
  readonly #engine: MersenneEngine;
  readonly #bookmarks = new Bookmarks(MAX_BOOKMARKS);
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
    const steps = stepsTo(position);
    this.#load(undefined);
    const from = this.#nearest(key, steps);
    this.#engine.state.set(from.state);
    this.#engine.twist(steps - from.steps);
    const state = this.#engine.state.slice();
    this.#bookmarks.add({ seed: key, steps, state });
    const stream = new Stream((own) => this.#load(own), { seed: key, position, state: state.slice() });
    this.#streams = [...this.#streams, stream].slice(-MAX_STREAMS);
    return stream;
  }

  #nearest(seed: number, steps: number): Bookmark {
    let best = this.#bookmarks.nearest(seed, steps) ?? { seed, steps: 0, state: seededState(seed) };
    for (const stream of this.#streams) {
      if (stream.seed === seed && stream.steps <= steps && stream.steps > best.steps) best = stream;
    }
    return best;
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

/** Twists after which the state holds the word before a place; the seed's own state counts as one that is used up. */
function stepsTo(position: number): number {
  return Math.ceil(position / STATE_WORDS);
}

class Stream implements RandomWords, Bookmark {
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
    this.#index = at.position - (this.steps - 1) * STATE_WORDS;
  }

  get position(): number {
    return this.#position;
  }

  get steps(): number {
    return stepsTo(this.#position);
  }

  fill(out: Uint32Array): void {
    this.#index = this.#engine(this).fill(this.#index, out);
    this.#position += out.length;
  }

  dropOut(values: Float32Array, keep: number): void {
    this.#index = this.#engine(this).dropOut(this.#index, values, dropLimit(keep));
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
