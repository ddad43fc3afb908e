/** A state of a random stream, after so many steps from its seed. */
export interface Bookmark {
  readonly seed: number;
  readonly steps: number;
  readonly state: Uint32Array;
}

/**
 * Remembers places in streams, so that a stream opened near one of them need not be made from its start.
 *
 * When there are too many, those that are close to another are forgotten, which leaves the rest spread over the whole
 * stream: places opened in any order, and again and again, stay near one that is remembered. If that is not enough, the
 * seeds that were used first are forgotten.
 */
export class Bookmarks {
  readonly #capacity: number;
  /** In ascending order of steps. */
  readonly #bySeed = new Map<number, Bookmark[]>();
  #count = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Remembers a place; keeps the state itself, which must not change. */
  add(bookmark: Bookmark): void {
    const places = this.#bySeed.get(bookmark.seed) ?? [];
    this.#bySeed.set(bookmark.seed, places);
    const index = placeOf(places, bookmark.steps);
    if (places[index - 1]?.steps === bookmark.steps) return;
    places.splice(index, 0, bookmark);
    this.#count++;
    if (this.#count > this.#capacity) this.#thinOut();
  }

  /** The last place that is not after `steps`. */
  nearest(seed: number, steps: number): Bookmark | undefined {
    const places = this.#bySeed.get(seed) ?? [];
    return places[placeOf(places, steps) - 1];
  }

  #thinOut(): void {
    this.#count = 0;
    for (const [seed, places] of this.#bySeed) {
      const kept = spreadOut(places);
      this.#bySeed.set(seed, kept);
      this.#count += kept.length;
    }
    for (const [seed, places] of this.#bySeed) {
      if (this.#count <= this.#capacity) return;
      this.#bySeed.delete(seed);
      this.#count -= places.length;
    }
  }
}

/** At most about half of the places, none closer to the one before than twice the mean distance. */
function spreadOut(places: readonly Bookmark[]): Bookmark[] {
  const spacing = (2 * (places.at(-1)!.steps - places[0]!.steps)) / places.length;
  const kept: Bookmark[] = [];
  for (const place of places) {
    const last = kept.at(-1);
    if (last === undefined || place.steps - last.steps >= spacing) kept.push(place);
  }
  return kept;
}

/** How many of the places are not after `steps`. */
function placeOf(places: readonly Bookmark[], steps: number): number {
  let [low, high] = [0, places.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (places[middle]!.steps <= steps) low = middle + 1;
    else high = middle;
  }
  return low;
}
