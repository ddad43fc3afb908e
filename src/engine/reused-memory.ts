import { engineMachineErrors } from "./errors.ts";

/** Memory for weights that come one set after another. */
export interface ReusedMemory {
  /** Begins another set; what was handed out before is handed out again. */
  reset(): void;
  /**
   * Hands out zeros.
   *
   * @throws engine/out_of_memory if the set grows beyond the bound
   */
  allocate(elements: number): Float32Array;
}

/** Makes a memory. Sets of equal sizes take no more than one of them. @param what - stands in errors. */
export function createReusedMemory(maxBytes: number, what: string): ReusedMemory {
  const arrays: Float32Array[] = [];
  let next = 0;
  let elementsOut = 0;
  return {
    reset() {
      next = 0;
      elementsOut = 0;
    },
    allocate(elements) {
      elementsOut += elements;
      const needBytes = 4 * elementsOut;
      if (needBytes > maxBytes) throw engineMachineErrors.out_of_memory({ what, needBytes, memoryBytes: maxBytes });
      const index = next++;
      const held = arrays[index];
      if (held !== undefined && held.length >= elements) return held.subarray(0, elements).fill(0);
      arrays[index] = new Float32Array(elements);
      return arrays[index];
    },
  };
}
