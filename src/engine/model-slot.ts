import { invariant } from "../base/errors.ts";
import type { Kernels } from "../kernels/kernels.ts";
import type { Model } from "../model/model.ts";
import { createDecoder, type Decoder, type DecoderLimits } from "./decoder.ts";
import { readDecoderShape } from "./decoder-shape.ts";
import { engineErrors } from "./errors.ts";
import { isQuantised, matrixTypeOf, type WeightForm } from "./matrix-type.ts";
import { createTextSource, type ModelText } from "./model-text.ts";
import type { Runtime } from "./runtime.ts";

/** A model that is ready to run. */
export interface LoadedModel {
  readonly name: string;
  readonly decoder: Decoder;
  readonly text: ModelText;
}

/** The place of the one model that an engine runs. */
export interface ModelSlot {
  /**
   * Replaces the model. If the shape is the same, buffers and sessions are kept, and only the weights are read.
   *
   * @throws engine/unknown_architecture, engine/bad_config, engine/bad_shape, engine/not_16_bit, model/tensor_missing and others before the
   * old model is touched; afterwards what reading raises
   */
  load(model: Model, kernels: Kernels): void;
  /** @throws engine/not_loaded if the last load broke off while it was reading */
  current(): LoadedModel;
  /** Frees the model; there must be no run under way. */
  [Symbol.dispose](): void;
}

/** How a slot's models are run. */
export interface SlotSettings extends Pick<DecoderLimits, "threads" | "memoryBytes" | "states" | "held"> {
  readonly weights: WeightForm;
}

/** Makes a slot without a model. */
export function createModelSlot(runtime: Runtime, { weights, ...limits }: SlotSettings): ModelSlot {
  const textOf = createTextSource();
  const cacheArrays: Float32Array[] = [];
  let decoder: Decoder | undefined;
  let loaded: LoadedModel | { readonly name: string } | undefined;
  return {
    load(model, kernels) {
      const { name } = model;
      const shape = readDecoderShape(model);
      const matrices = matrixTypeOf(model, weights);
      // Sessions hold weights of few bits themselves.
      const reusable = isQuantised(matrices) ? undefined : decoder;
      const fitting = reusable?.fits(shape, matrices)
        ? reusable
        : createDecoder(runtime, shape, { ...limits, matrices, cacheArrays });
      fitting.check(model);
      const text = textOf(model, shape.vocabulary);
      if (fitting !== decoder) decoder?.[Symbol.dispose]();
      decoder = fitting;
      loaded = { name };
      fitting.load(model, kernels);
      loaded = { name, decoder, text };
    },
    current() {
      invariant(loaded !== undefined, "an engine is used before it is disposed of");
      if ("decoder" in loaded) return loaded;
      throw engineErrors.not_loaded({ model: loaded.name });
    },
    [Symbol.dispose]() {
      decoder?.[Symbol.dispose]();
      decoder = undefined;
      loaded = undefined;
    },
  };
}
