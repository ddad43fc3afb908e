import type { Tensor } from "onnxruntime-node";
import { engineMachineErrors } from "./errors.ts";
import type { Runtime } from "./runtime.ts";

/** Sizes of a cache that do not change. */
export interface CacheShape {
  readonly layers: number;
  readonly kvHeads: number;
  /** As in memory. */
  readonly headWidth: number;
  readonly memoryBytes: number;
  /** Memory that other caches used before, and may use again; no two of them at a time. @default none */
  readonly arrays?: Float32Array[];
}

/** Keys and values of one layer for some sequences, [sequences, heads, positions, D]. */
export interface LayerCache {
  readonly key: Tensor;
  readonly value: Tensor;
}

/**
 * Keys and values of sequences under way. A sequence has a slot, in which its positions lie; content is undefined until
 * a run wrote it.
 */
export interface KvCache {
  /** Bytes that one position of one sequence takes. */
  readonly positionBytes: number;
  /**
   * Lays the cache out anew; what it held is lost. Memory is kept for the next layout.
   *
   * @throws engine/out_of_memory
   */
  layOut(slots: number, positions: number): void;
  /**
   * Gives slots or positions more room, and keeps what is there.
   *
   * @param kept - slots from the first on whose content is kept.
   * @throws engine/out_of_memory, with everything as it was
   */
  grow(slots: number, positions: number, kept: number): void;
  /** @returns [L] the memory of `count` slots from `first` on, as tensors over it. */
  view(first: number, count: number): readonly LayerCache[];
  /** Copies a slot's first `positions` over another slot's. */
  move(from: number, to: number, positions: number): void;
}

/** Makes a cache that holds nothing. */
export function createKvCache(
  runtime: Runtime,
  { layers, kvHeads: K, headWidth: D, memoryBytes, arrays = [] }: CacheShape,
): KvCache {
  const positionBytes = 2 * layers * K * D * 4;
  let size = { slots: 0, positions: 0 };
  let lastView: { readonly first: number; readonly count: number; readonly caches: readonly LayerCache[] } | undefined;
  const tensor = (array: Float32Array, first: number, count: number): Tensor => {
    const slotLength = K * size.positions * D;
    const part = array.subarray(first * slotLength, (first + count) * slotLength);
    return new runtime.Tensor("float32", part, [count, K, size.positions, D]);
  };
  const checkRoom = (slots: number, positions: number): void => {
    const needBytes = slots * positions * positionBytes;
    if (needBytes <= memoryBytes) return;
    const what = `the key-value cache of ${slots} sequences of ${positions} tokens`;
    throw engineMachineErrors.out_of_memory({ what, needBytes, memoryBytes });
  };
  return {
    positionBytes,
    layOut(slots, positions) {
      checkRoom(slots, positions);
      const length = slots * K * positions * D;
      arrays.length = Math.min(arrays.length, 2 * layers);
      const isAnyLonger = arrays.some((array) => array.length > length);
      // All go before anything comes, unless those that are there do for it.
      if (arrays.some((array) => array.length < length) || (isAnyLonger && arrays.length < 2 * layers))
        arrays.length = 0;
      while (arrays.length < 2 * layers) arrays.push(new Float32Array(length));
      size = { slots, positions };
      lastView = undefined;
    },
    grow(slots, positions, kept) {
      checkRoom(slots, positions);
      const length = slots * K * positions * D;
      const old = size.positions * D;
      // One array at a time, so that old and new are hardly ever there together.
      for (const [i, array] of arrays.entries()) {
        if (positions === size.positions && array.length >= length) continue;
        const grown = new Float32Array(length);
        for (let head = 0; head < kept * K; head++)
          grown.set(array.subarray(head * old, (head + 1) * old), head * positions * D);
        arrays[i] = grown;
      }
      size = { slots, positions };
      lastView = undefined;
    },
    view(first, count) {
      if (lastView?.first !== first || lastView.count !== count) {
        const caches = Array.from({ length: layers }, (_, l) => ({
          key: tensor(arrays[2 * l]!, first, count),
          value: tensor(arrays[2 * l + 1]!, first, count),
        }));
        lastView = { first, count, caches };
      }
      return lastView.caches;
    },
    move(from, to, positions) {
      const headLength = size.positions * D;
      for (const array of arrays) {
        for (let head = 0; head < K; head++) {
          const start = (from * K + head) * headLength;
          array.copyWithin((to * K + head) * headLength, start, start + positions * D);
        }
      }
    },
  };
}
