import { parseLayerName } from "../arch/layer-name.ts";
import { isHead, isInputEmbedding } from "../arch/tensor-roles.ts";

/** What a tensor is part of. */
export type Component = "embedding" | "attention" | "mlp" | "norm" | "head" | "other";

/** All components, in the order in which data flows. */
export const COMPONENTS: readonly Component[] = ["embedding", "attention", "mlp", "norm", "head", "other"];

/** Where a tensor belongs. */
export interface TensorGroup {
  /** Undefined outside of all layers. */
  readonly layer: number | undefined;
  readonly component: Component;
}

const NORM = /norm|(?:^|\.)ln_?\w*\./i;
const ATTENTION = /attn|attention/i;
const MLP = /mlp|ffn|feed_forward|moe|experts?\b|\.fc\d?\b|dense_/i;

/** Reads off a tensor's name where it belongs; every name belongs somewhere. */
export function groupOf(name: string): TensorGroup {
  const place = parseLayerName(name);
  if (place === undefined) return { layer: undefined, component: looseComponent(name) };
  return { layer: place.layer, component: layerComponent(place.ending) };
}

function looseComponent(name: string): Component {
  if (isHead(name)) return "head";
  if (isInputEmbedding(name) || /embed|wpe/.test(name)) return "embedding";
  return NORM.test(name) ? "norm" : "other";
}

/** Norms inside of attention or MLP are norms. */
function layerComponent(ending: string): Component {
  if (NORM.test(ending)) return "norm";
  if (ATTENTION.test(ending)) return "attention";
  return MLP.test(ending) ? "mlp" : "other";
}
