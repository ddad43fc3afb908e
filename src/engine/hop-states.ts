/** What models computed of prompts, kept for others that begin with the same layers. */

import { createHash } from "node:crypto";
import type { ByteCache, ReuseCount } from "../base/byte-cache.ts";
import type { Batch } from "./batch.ts";

/** Some sequences after a layer: where the next one starts, and what writing on needs of this one. Not to be changed. */
export interface HopState {
  /** [B, T, C] */
  readonly hidden: Float32Array;
  /** What those who go on look at; undefined where nobody does. */
  readonly attended: AttendedState | undefined;
}

/** Keys and values of sequences. */
export interface AttendedState {
  /** [B, heads, T, D] */
  readonly keys: Float32Array;
  /** [B, heads, T, D] */
  readonly values: Float32Array;
}

/** States of prompts by what led to them. */
export interface HopStates {
  /**
   * Notes how a model begins.
   *
   * @param hops - [L] as `hopKeys` gives them.
   * @returns how many of its first layers another model began with as well: a third one may, so that their states are worth keeping.
   */
  meet(hops: readonly string[]): number;
  /**
   * Finds states from the first layer on.
   *
   * @param hops - as `hopKeys` gives them, of the layers that are wanted.
   * @returns those of the first layers, as many as are there.
   */
  find(hops: readonly string[], batch: Batch): readonly HopState[];
  /** Keeps the state after the last of the layers that `hop` names. */
  keep(hop: string, batch: Batch, state: HopState): void;
  /** Positions times layers since the beginning. */
  readonly count: ReuseCount;
}

/** Whose layers those up to a hop are. */
interface Owner {
  /** The last hop of the only model so far; undefined where there were several. */
  readonly model: string | undefined;
}

/** Room for a key and an owner. */
const OWNER_BYTES = 512;

/** Makes a store in a cache. */
export function createHopStates(cache: ByteCache): HopStates {
  const count = { asked: 0, found: 0 };
  return {
    count,
    meet(hops) {
      const model = hops.at(-1);
      const isShared = hops.map((hop) => {
        const key = `owner ${hop}`;
        const owner = cache.get(key) as Owner | undefined;
        const isOthers = owner !== undefined && owner.model !== model;
        cache.set(key, { model: isOthers ? undefined : model } satisfies Owner, OWNER_BYTES);
        return isOthers;
      });
      return [...isShared, false].indexOf(false);
    },
    find(hops, batch) {
      const key = batchKey(batch);
      const states: HopState[] = [];
      for (const hop of hops) {
        const state = cache.get(keyOf(hop, key)) as HopState | undefined;
        if (state === undefined || (state.attended === undefined && batch.isEnd !== true)) break;
        states.push(state);
      }
      // Without the first layers the later ones are of no use: those are to go first.
      for (const hop of hops.slice(0, states.length).toReversed()) cache.get(keyOf(hop, key));
      count.asked += hops.length * batch.ids.length;
      count.found += states.length * batch.ids.length;
      return states;
    },
    keep(hop, batch, state) {
      const { hidden, attended } = state;
      const elements = hidden.length + (attended === undefined ? 0 : attended.keys.length + attended.values.length);
      cache.set(keyOf(hop, batchKey(batch)), state, 4 * elements);
    },
  };
}

function keyOf(hop: string, batch: string): string {
  return `state ${hop} ${batch}`;
}

/** Names what is read. The slot and the wanted rows do not matter. */
function batchKey({ ids, last, before = [] }: Batch): string {
  const hash = createHash("sha256").update(`${last.length} ${before.length} `);
  for (const numbers of [ids, last, Int32Array.from(before)])
    hash.update(new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength));
  return hash.digest("hex");
}
