import type { Model } from "../model/model.ts";
import type { DecoderShape } from "./decoder-shape.ts";
import { type DecoderWeights, leaseOf, takeEnds, takeLayer, takeWeights } from "./decoder-weights.ts";
import type { HeldParts } from "./held-parts.ts";
import type { WeightKeys } from "./hop-keys.ts";
import type { MatrixType } from "./matrix-type.ts";
import type { Runtime, Tensors } from "./runtime.ts";
import { createWeightMemory, type WeightMemory } from "./weight-memory.ts";

/** What models of any shape leave to the next. */
export interface HeldWeights {
  /** Layers. */
  readonly layers: HeldParts;
  /** What comes before and after them. */
  readonly ends: HeldParts;
  /** Told of the bytes, as stored, of what was not read again. */
  readonly onFound: (bytes: number) => void;
}

/** What weights that are held take. */
export interface HeldSettings {
  readonly matrices: MatrixType;
  readonly held: HeldWeights;
  /** Says what a model's weights are. */
  readonly keysOf: (model: Model) => WeightKeys;
}

/**
 * Makes weights of which only those are read that the models before did not have: a change of the order of layers moves and copies
 * nothing. Matrices must not be in few bits, which become part of sessions.
 */
export function createHeldWeights(runtime: Runtime, shape: DecoderShape, settings: HeldSettings): DecoderWeights {
  const { matrices, held, keysOf } = settings;
  const sketch = createWeightMemory(runtime, { matrices, isSketch: true });
  const none = takeWeights(sketch, shape, matrices);
  let tensors = none;
  return {
    get tensors() {
      return tensors;
    },
    lease: leaseOf(sketch, shape, { matrices, tensors: none }),
    check: sketch.check,
    load(model, kernels) {
      const keys = keysOf(model);
      tensors = none;
      const read = (take: (memory: WeightMemory) => Tensors): Tensors => {
        const memory = createWeightMemory(runtime, { matrices });
        const part = take(memory);
        memory.load(model, kernels);
        return part;
      };
      const wanted = [...keys.layers, keys.ends];
      let found = wanted.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
      const layers = held.layers.take(
        keys.layers.map(({ key }) => key),
        (l) => {
          found -= keys.layers[l]!.sizeBytes;
          return read((memory) => takeLayer(memory, shape, l));
        },
      );
      const [ends] = held.ends.take([keys.ends.key], () => {
        found -= keys.ends.sizeBytes;
        return read((memory) => {
          const { source, finalNorm, head } = takeEnds(memory, shape, matrices);
          return { ...source, ...finalNorm, ...head };
        });
      });
      held.onFound(found);
      const pick = (names: Tensors): Tensors =>
        Object.fromEntries(Object.keys(names).map((name) => [name, ends![name]!]));
      const { source, finalNorm, head } = none;
      tensors = { source: pick(source), finalNorm: pick(finalNorm), head: pick(head), layers };
    },
  };
}
