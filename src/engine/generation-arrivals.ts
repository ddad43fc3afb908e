import { type Round, type RoundLimits, roomFor, type Sequence } from "./generation-rounds.ts";
import type { KvCache } from "./kv-cache.ts";

/** What newcomers need. */
export interface Welcome {
  readonly cache: Pick<KvCache, "grow">;
  readonly limits: RoundLimits;
  /** @default none come */
  readonly newcomers?: () => readonly Sequence[];
}

/** Sequences that wait for a place in a round; some come while it is under way. */
export interface Arrivals {
  /** In the order in which they join; who joins is taken out. */
  readonly waiting: Sequence[];
  /** Newcomers for whom the round has no room. */
  readonly later: readonly Sequence[];
  /** Places in the cache. */
  readonly slots: number;
  /** Looks who has come, and makes room for them. @param active - sequences that are under way */
  welcome(active: number): void;
}

/**
 * Begins with the sequences of a round.
 *
 * @param isLast - whether no other round waits; else newcomers do, behind it.
 */
export function createArrivals({ cache, limits, newcomers }: Welcome, round: Round, isLast: boolean): Arrivals {
  let { slots, positions } = round;
  const waiting = [...round.sequences];
  const later: Sequence[] = [];
  return {
    waiting,
    later,
    get slots() {
      return slots;
    },
    welcome(active) {
      const before = { slots, positions };
      for (const one of newcomers?.() ?? []) {
        const wanted = active + waiting.length + 1;
        const room = isLast && later.length === 0 ? roomFor(one, { slots, positions }, wanted, limits) : undefined;
        // Behind one for whom there was no room everybody waits.
        if (room === undefined || room.slots < active) later.push(one);
        else {
          ({ slots, positions } = room);
          waiting.push(one);
        }
      }
      if (slots !== before.slots || positions !== before.positions) cache.grow(slots, positions, active);
    },
  };
}
