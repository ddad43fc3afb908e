/**
 * How a head lies in memory. The attention operator wants head widths in multiples of 16 and turns channel i together
 * with channel i + width/2, so that narrower heads are widened by channels that stay 0: they add nothing to any
 * product.
 */

const GRANULE = 16;

/** Width that a head of D channels takes: D rounded up to a multiple of 16. */
export function paddedHeadWidth(D: number): number {
  return Math.ceil(D / GRANULE) * GRANULE;
}

/**
 * Where each of a head's D channels goes.
 *
 * @param kind - "turned" for queries and keys, whose two halves are padded apart; "plain" for values.
 */
export function channelPlaces(D: number, kind: "turned" | "plain"): readonly number[] {
  const shift = kind === "turned" ? (paddedHeadWidth(D) - D) / 2 : 0;
  return Array.from({ length: D }, (_, i) => (i < D / 2 ? i : i + shift));
}
