import type { DecoderArchitecture } from "./decoder.ts";
import { layerWindow } from "./layer-window.ts";
import { MISTRAL } from "./mistral.ts";

/** Ministral: Mistral's block; its config lists which layers slide. */
export const MINISTRAL: DecoderArchitecture = {
  ...MISTRAL,
  className: "MinistralForCausalLM",
  modelType: "ministral",
  layer: (config, l) => ({ window: layerWindow(config, l, { slides: () => true }) }),
};
