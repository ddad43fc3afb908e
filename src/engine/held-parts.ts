/** Weights that stay in memory for the next model, which may have the same layers elsewhere, or more than once. */

import type { Tensors } from "./runtime.ts";

/** Parts of models by what is in them; those that were used longest ago go first. */
export interface HeldParts {
  /**
   * Returns the weights of all parts of a model, and forgets what it has no room for.
   *
   * @param keys - name contents: equal ones are equal weights.
   * @param read - of the part at an index, whose weights are not here.
   * @throws what `read` raises
   */
  take(keys: readonly string[], read: (index: number) => Tensors): readonly Tensors[];
}

/**
 * Holds nothing yet. There is room for as many parts as the largest model has had, counted as often as they run: no more memory is
 * held than that model would take by itself.
 */
export function createHeldParts(): HeldParts {
  const held = new Map<string, Tensors>();
  let room = 0;
  return {
    take(keys, read) {
      room = Math.max(room, keys.length);
      const wanted = new Set(keys);
      const others = [...held.keys()].filter((key) => !wanted.has(key));
      // What goes must go before anything comes.
      for (const key of others.slice(0, Math.max(0, others.length + wanted.size - room))) held.delete(key);
      return keys.map((key, index) => {
        const tensors = held.get(key) ?? read(index);
        held.delete(key);
        held.set(key, tensors);
        return tensors;
      });
    },
  };
}
