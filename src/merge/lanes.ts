/**
 * Deals an ordered list out to threads: each gets a stretch of about the same size, and goes through it in order. Who is
 * through with his own takes the next one of the longest stretch that is left.
 *
 * Neighbours in the list are neighbours in files and in random streams, and who goes on where he stopped seeks nothing.
 */
export class Lanes<T> {
  readonly #sizeOf: (item: T) => number;
  readonly #lanes: Lane<T>[];

  constructor(items: readonly T[], sizeOf: (item: T) => number, count: number) {
    this.#sizeOf = sizeOf;
    this.#lanes = Array.from({ length: count }, () => ({ items: [], next: 0, left: 0 }));
    const total = items.reduce((sum, item) => sum + sizeOf(item), 0);
    let before = 0;
    for (const item of items) {
      // By its middle, so that what lies across a border goes where most of it is.
      const share = total === 0 ? 0 : (before + sizeOf(item) / 2) / total;
      const lane = this.#lanes[Math.min(count - 1, Math.floor(share * count))]!;
      lane.items.push(item);
      lane.left += sizeOf(item);
      before += sizeOf(item);
    }
  }

  /** What a thread does next; undefined when nothing is left. */
  next(thread: number): T | undefined {
    const own = this.#lanes[thread]!;
    const lane = own.next < own.items.length ? own : this.#longest();
    if (lane === undefined) return undefined;
    const item = lane.items[lane.next++]!;
    lane.left -= this.#sizeOf(item);
    return item;
  }

  /**
   * What a thread may be given before it has done the last; undefined where it would keep from others what they could do
   * sooner: what is not its own, or the end of its stretch.
   *
   * @param end - items that are left at the end.
   */
  nextAhead(thread: number, end: number): T | undefined {
    const { items, next } = this.#lanes[thread]!;
    return next + end < items.length ? this.next(thread) : undefined;
  }

  /** What a thread was dealt, whether it is done or not. */
  itemsOf(thread: number): readonly T[] {
    return this.#lanes[thread]!.items;
  }

  #longest(): Lane<T> | undefined {
    return this.#lanes
      .filter(({ items, next }) => next < items.length)
      .reduce<Lane<T> | undefined>(
        (best, lane) => (best === undefined || lane.left > best.left ? lane : best),
        undefined,
      );
  }
}

interface Lane<T> {
  readonly items: T[];
  next: number;
  left: number;
}
