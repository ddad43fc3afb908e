import { COHERE } from "./cohere.ts";
import type { DecoderArchitecture } from "./decoder.ts";
import { layerWindow, slidesAt } from "./layer-window.ts";
import { isWithinPattern, slidingLayers } from "./stacked-config.ts";

/** Command R7B and A: three of four layers slide, and only they know positions. */
export const COHERE2: DecoderArchitecture = {
  ...COHERE,
  className: "Cohere2ForCausalLM",
  modelType: "cohere2",
  ropes: [{ thetaKey: "rope_theta", isScaled: true }],
  defaults: { ...COHERE.defaults, sliding_window: 4096, sliding_window_pattern: 4 },
  layer: (config, l) => {
    const slides = (layer: number): boolean => (layer + 1) % config.count("sliding_window_pattern") !== 0;
    return { window: layerWindow(config, l, { slides }), rope: slidesAt(config, l, slides) ? 0 : undefined };
  },
  stackConfig: slidingLayers((config, layer) => isWithinPattern(config, layer, "sliding_window_pattern", 4)),
};
