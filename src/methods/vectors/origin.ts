import { front } from "../../kernels/front.ts";
import type { Kernels } from "../../kernels/kernels.ts";
import type { Block, TensorFacts } from "../method.ts";

/**
 * Reads the models of a block as vectors from an origin: their changes to the base, or themselves if there is none.
 *
 * @param elements - most elements of a block.
 * @returns a function whose result, [M] arrays, holds until its next call; not to be written to.
 */
export function vectorsFrom(
  { dtype, hasBase, modelCount }: TensorFacts,
  kernels: Kernels,
  elements: number,
): (block: Block) => readonly Float32Array[] {
  if (!hasBase) return ({ models }) => models;
  const changes = Array.from({ length: modelCount }, () => kernels.floats(elements));
  return ({ base, models }) =>
    models.map((model, m) => {
      const change = front(changes[m]!, model.length);
      kernels.subtract(dtype, model, base!, change);
      return change;
    });
}

/** Elements of the largest block of a tensor. */
export function blockElementsOf(n: number, grain: number, blockElements: number): number {
  return Math.min(n, Math.max(grain, blockElements));
}
