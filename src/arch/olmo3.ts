import type { DecoderArchitecture } from "./decoder.ts";
import { layerWindow, slidesAt } from "./layer-window.ts";
import { OLMO2 } from "./olmo2.ts";
import { slidingLayers } from "./stacked-config.ts";

/** OLMo 3: OLMo 2's block; three of four layers slide, and only the others turn as long contexts need. */
export const OLMO3: DecoderArchitecture = {
  ...OLMO2,
  className: "Olmo3ForCausalLM",
  modelType: "olmo3",
  ropes: [
    { section: "full_attention", thetaKey: "rope_theta", theta: 500_000, isScaled: true },
    { section: "sliding_attention", thetaKey: "rope_theta", theta: 500_000, isScaled: false },
  ],
  defaults: { ...OLMO2.defaults, sliding_window: 4096 },
  layer: (config, l) => {
    const slides = (layer: number): boolean => (layer + 1) % 4 !== 0;
    return { window: layerWindow(config, l, { slides }), rope: slidesAt(config, l, slides) ? 1 : 0 };
  },
  stackConfig: slidingLayers((_, layer) => (layer + 1) % 4 !== 0),
};
