/**
 * What an architecture is to the engine: a row of data that turns one parameterised decoder block into the block of a
 * family of models. The block is the usual one: norm, attention with rotary positions, norm, gated MLP.
 */

import type { Json } from "../base/canonical-json.ts";

/** A property of the block: the same for all models of the family, or told by a flag in config.json (false if missing). */
export type BlockSwitch = boolean | { readonly configKey: string };

/** Modules of the model, by their name in checkpoints; `.weight` or `.bias` follows. `{layer}` stands for the number. */
export interface DecoderModules {
  readonly embedding: string;
  readonly attentionNorm: string;
  readonly query: string;
  readonly key: string;
  readonly value: string;
  readonly attentionOutput: string;
  readonly mlpNorm: string;
  readonly gate: string;
  readonly up: string;
  readonly down: string;
  readonly finalNorm: string;
  readonly head: string;
}

/** Which linear maps add a bias. */
export interface DecoderBiases<Flag = BlockSwitch> {
  readonly queryKeyValue: Flag;
  readonly attentionOutput: Flag;
  readonly mlp: Flag;
}

/** A family of models that share names and block. */
export interface DecoderArchitecture {
  /** As `architectures` in config.json names it. */
  readonly className: string;
  /** As `model_type` names it. */
  readonly modelType: string;
  readonly modules: DecoderModules;
  readonly biases: DecoderBiases;
  /** Key of the number of positions that attention looks back, itself included; undefined if it always sees all. */
  readonly windowKey: string | undefined;
  /** What transformers takes for keys that config.json does not have. */
  readonly defaults: { readonly [key: string]: Json };
}
