/**
 * How heads lie in memory. The attention operator wants head widths in multiples of 16 and turns channel i together
 * with channel i + width/2, so that narrower heads are widened by channels that stay 0: they add nothing to any
 * product. Products do not depend on the order of channels either, so that those that turn may be put where the
 * operator turns, whichever they are.
 */

const GRANULE = 16;

/** Width that a head of D channels takes: D rounded up to a multiple of 16. */
export function paddedHeadWidth(D: number): number {
  return Math.ceil(D / GRANULE) * GRANULE;
}

/** Which of a head's channels turn, and with which. */
export interface Turning {
  /** R, even: channels 0 to R − 1 turn. */
  readonly turned: number;
  /** Channel i turns with i + R/2, or 2·i with 2·i + 1. */
  readonly pairs: "halves" | "neighbours";
}

/** Where each of the D channels of queries and keys goes. */
export function turnedPlaces(D: number, { turned: R, pairs }: Turning): readonly number[] {
  const half = paddedHeadWidth(D) / 2;
  return Array.from({ length: D }, (_, channel) => {
    if (channel < R) {
      const [pair, side] =
        pairs === "halves" ? [channel % (R / 2), Math.floor(channel / (R / 2))] : [channel >> 1, channel & 1];
      return side * half + pair;
    }
    const free = half - R / 2;
    const rest = channel - R;
    return rest < free ? R / 2 + rest : half + R / 2 + rest - free;
  });
}

/** Where each of the D channels of values goes. */
export function plainPlaces(D: number): readonly number[] {
  return Array.from({ length: D }, (_, channel) => channel);
}

/** How many heads there are, and how their channels lie. */
export interface HeadLayout {
  /** H */
  readonly heads: number;
  /** K, divides H */
  readonly kvHeads: number;
  /** [D] of queries and keys. */
  readonly turned: readonly number[];
  /** [D] of values. */
  readonly plain: readonly number[];
}

/**
 * Places of the rows of some heads that are stored one after the other.
 *
 * @param firstHead - in memory.
 */
export function headPlaces(channels: readonly number[], heads: number, firstHead = 0): readonly number[] {
  const wide = paddedHeadWidth(channels.length);
  return Array.from({ length: heads }, (_, head) => channels.map((place) => (firstHead + head) * wide + place)).flat();
}

/**
 * Places of the rows of a joint matrix; in memory come all queries, then keys, then values.
 *
 * @param order - as stored: "stacked" is that of memory; "by head" is, for each key-value head, its queries, key and value.
 */
export function jointPlaces(layout: HeadLayout, order: "stacked" | "by head"): readonly number[] {
  const { heads: H, kvHeads: K, turned, plain } = layout;
  if (order === "stacked") return [headPlaces(turned, H), headPlaces(turned, K, H), headPlaces(plain, K, H + K)].flat();
  const G = H / K;
  return Array.from({ length: K }, (_, k) => [
    headPlaces(turned, G, k * G),
    headPlaces(turned, 1, H + k),
    headPlaces(plain, 1, H + K + k),
  ]).flat(2);
}
