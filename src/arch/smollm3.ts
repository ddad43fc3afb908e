import type { ConfigReader } from "./config-reader.ts";
import type { DecoderArchitecture } from "./decoder.ts";
import { layerWindow } from "./layer-window.ts";
import { LLAMA } from "./llama.ts";
import { isWithinPattern, listedByLayer } from "./stacked-config.ts";

/** SmolLM 3: Llama's block, and every fourth layer does not know positions. */
export const SMOLLM3: DecoderArchitecture = {
  ...LLAMA,
  className: "SmolLM3ForCausalLM",
  modelType: "smollm3",
  ropes: [{ thetaKey: "rope_theta", theta: 2_000_000, isScaled: true }],
  defaults: {
    hidden_act: "silu",
    max_position_embeddings: 32_768,
    no_rope_layer_interval: 4,
    num_key_value_heads: 4,
    rms_norm_eps: 1e-6,
    tie_word_embeddings: true,
  },
  layer: (config, l) => {
    const slides = (layer: number): boolean => !turnsAt(config, layer);
    const window = layerWindow(config, l, { slides, switchKey: "use_sliding_window" });
    return { window, rope: turnsAt(config, l) ? 0 : undefined };
  },
  stackConfig: listedByLayer("no_rope_layers", (config, layer) =>
    Number(isWithinPattern(config, layer, "no_rope_layer_interval", 4)),
  ),
};

function turnsAt(config: ConfigReader, l: number): boolean {
  const listed = config.value("no_rope_layers");
  if (Array.isArray(listed)) return listed[l] !== 0;
  return (l + 1) % config.count("no_rope_layer_interval") !== 0;
}
