import { type DecoderArchitecture, PLAIN_BLOCK } from "./decoder.ts";
import { layerWindow, maxWindowLayers } from "./layer-window.ts";
import { LLAMA_MODULES } from "./llama.ts";
import { type LayerConfig, slidingLayers } from "./stacked-config.ts";

/** Qwen 1.5, 2 and 2.5: Llama's block, with biases on queries, keys and values. */
export const QWEN2: DecoderArchitecture = {
  className: "Qwen2ForCausalLM",
  modelType: "qwen2",
  modules: LLAMA_MODULES,
  block: { ...PLAIN_BLOCK, biases: { ...PLAIN_BLOCK.biases, queryKeyValue: true } },
  defaults: {
    hidden_act: "silu",
    max_position_embeddings: 32_768,
    max_window_layers: 28,
    rms_norm_eps: 1e-6,
    sliding_window: 4096,
  },
  layer: (config, l) => {
    const slides = (layer: number): boolean => layer >= maxWindowLayers(config);
    return { window: layerWindow(config, l, { slides, switchKey: "use_sliding_window" }) };
  },
  stackConfig: slidingLayers((config, layer) => hasWindow(config) && layer >= firstWindow(config)),
};

/** Whether layers of a Qwen model slide at all. */
export function hasWindow({ use_sliding_window, sliding_window }: LayerConfig): boolean {
  return use_sliding_window === true && sliding_window !== null;
}

/** `max_window_layers`, as Qwen models mean it where it is missing. */
export function firstWindow({ max_window_layers: first }: LayerConfig): number {
  return typeof first === "number" ? first : 28;
}
