/** What the sentences of problems are made with. */

/** Lists what there is to choose from. */
export const known = (names: readonly string[]): string => `(known: ${names.join(", ")})`;

/** Offers the nearest name, else other advice. */
export const suggest = (nearest: string | undefined, otherwise: string): string =>
  nearest === undefined ? otherwise : `write "${nearest}"`;

/** A problem of one kind. */
export interface Entry<D> {
  readonly message: (d: D) => string;
  readonly fix: (d: D) => string;
}

/** Ties the details of a sentence to those of its fix. */
export function entry<D>(message: (d: D) => string, fix: (d: D) => string): Entry<D> {
  return { message, fix };
}
