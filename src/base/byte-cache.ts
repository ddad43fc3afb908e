/** What was computed and may be wanted again, within a bound of memory. */

/** Values by key, of any kinds; the one that was asked for longest ago goes first when there is no room. */
export interface ByteCache {
  /** Returns a value and counts it as used now; undefined if it is not there. */
  get(key: string): object | undefined;
  /** Keeps a value that takes so many bytes, unless it alone is larger than the bound. */
  set(key: string, value: object, sizeBytes: number): void;
  readonly maxBytes: number;
  /** Held now. */
  readonly bytes: number;
}

/** How much was wanted, and how much of it was there. */
export interface ReuseCount {
  readonly asked: number;
  readonly found: number;
}

/**
 * Makes an empty cache.
 *
 * @complexity constant time for each operation, but for what a `set` pushes out.
 */
export function createByteCache(maxBytes: number): ByteCache {
  // A map lists its keys in the order in which they were put in.
  const entries = new Map<string, { readonly value: object; readonly sizeBytes: number }>();
  let bytes = 0;
  const remove = (key: string): void => {
    bytes -= entries.get(key)?.sizeBytes ?? 0;
    entries.delete(key);
  };
  return {
    maxBytes,
    get bytes() {
      return bytes;
    },
    get(key) {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      entries.delete(key);
      entries.set(key, entry);
      return entry.value;
    },
    set(key, value, sizeBytes) {
      remove(key);
      if (sizeBytes > maxBytes) return;
      entries.set(key, { value, sizeBytes });
      bytes += sizeBytes;
      for (const oldest of entries.keys()) {
        if (bytes <= maxBytes) break;
        remove(oldest);
      }
    },
  };
}
