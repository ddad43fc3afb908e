/**
 * What an architecture is to the engine: a row of data that turns one parameterised decoder block into the block of a
 * family of models.
 *
 *     x ← x + post(attention(norm(x)))        each norm may be missing
 *     x ← x + post(mlp(norm(x)))              in parallel blocks both read the same x
 */

import type { Json } from "../base/canonical-json.ts";
import type { ConfigReader } from "./config-reader.ts";
import type { StackConfig } from "./stacked-config.ts";

/** A property of the block: the same for all models of the family, or told by a flag in config.json (false if missing). */
export type BlockSwitch = boolean | { readonly configKey: string };

/**
 * Modules of the model, by their name in checkpoints; `.weight` or `.bias` follows. `{layer}` stands for the layer's
 * number, `{head}` for the head's. What a family does not have is left out.
 */
export interface DecoderModules {
  readonly embedding: string;
  /** Table of learned positions, [positions, C]. */
  readonly positions?: string;
  readonly embeddingNorm?: string;
  readonly attentionNorm?: string;
  /** Queries, keys and values in one matrix; if left out they stand apart. */
  readonly queryKeyValue?: string;
  readonly query?: string;
  readonly key?: string;
  readonly value?: string;
  readonly queryNorm?: string;
  readonly keyNorm?: string;
  readonly attentionOutput: string;
  /** Of what attention adds. */
  readonly attentionPostNorm?: string;
  /** If left out in a parallel block, the MLP reads what attention reads. */
  readonly mlpNorm?: string;
  /** The gate's rows, then up's, in one matrix; if left out they stand apart. */
  readonly gateUp?: string;
  /** Left out where nothing is gated. */
  readonly gate?: string;
  readonly up?: string;
  readonly down?: string;
  /** Of what the MLP adds. */
  readonly mlpPostNorm?: string;
  readonly experts?: ExpertModules;
  readonly finalNorm: string;
  readonly head: string;
}

/** Modules of layers in which a router chooses experts. `gateUp` is a tensor [E, 2·F, C], `down` [E, C, F], without ending. */
export interface ExpertModules {
  readonly router: string;
  readonly gateUp: string;
  readonly down: string;
  /** An MLP that all tokens go through beside their experts, and the matrix [1, C] that weighs it. */
  readonly shared?: { readonly gate: string; readonly up: string; readonly down: string; readonly weight: string };
}

/** Which linear maps add a bias. */
export interface DecoderBiases<Flag = BlockSwitch> {
  readonly queryKeyValue: Flag;
  readonly attentionOutput: Flag;
  readonly mlp: Flag;
  readonly head: Flag;
}

/** How vectors are brought to one length. */
export interface NormDesign {
  /** "rms" divides by the root of the mean square; "layer" subtracts the mean before, and adds a bias if the family has one. */
  readonly kind: "rms" | "layer";
  readonly hasBias: boolean;
  /** Added to stored weights. */
  readonly offset: 0 | 1;
}

/** Functions inside of MLPs. "tanh_gelu" approximates "gelu"; "quick_gelu" is x·sigmoid(1.702·x). */
export type Activation = "silu" | "gelu" | "tanh_gelu" | "quick_gelu" | "relu" | "relu2";

/** The block of a family. */
export interface BlockDesign<Flag = BlockSwitch> {
  readonly norm: NormDesign;
  readonly biases: DecoderBiases<Flag>;
  /** Whether MLP and attention read the same input. */
  readonly isParallel: Flag;
  /** Order of the rows in a joint matrix: all queries, keys, values; or for each key-value head its queries, key and value. */
  readonly queryKeyValueOrder: "stacked" | "by head";
  /** Whether matrices are stored as [in, out]. */
  readonly isTransposed: boolean;
  /** What `queryNorm` and `keyNorm` take together; "each head" has weights of its own for each, [H, D] or one tensor each, named with `{head}`. */
  readonly queryKeyNorm: "none" | "head" | "each head" | "all heads";
  /**
   * How positions count. "alibi" adds to products what grows with the key's position; "rounded alibi" rounds that to
   * bfloat16, and scales it with the product.
   */
  readonly positions: "rotary" | "learned" | "alibi" | "rounded alibi" | "none";
  /** Which channels turn together: i and i + R/2, or 2·i and 2·i + 1. */
  readonly rotaryPairs: "halves" | "neighbours";
  /** Factor on embeddings. */
  readonly embeddingScale: number;
  /** Factor on products of queries and keys; undefined is 1/√D. */
  readonly attentionScale: number | undefined;
  /** c in c·tanh(x/c), which bounds products of queries and keys. */
  readonly attentionCap: number | undefined;
  /** Factor on what attention and MLP add. */
  readonly residualScale: number;
  /** Factor on logits. */
  readonly logitScale: number;
  /** c in c·tanh(x/c), which bounds logits. */
  readonly logitCap: number | undefined;
}

/** What may differ from layer to layer. */
export interface LayerDesign {
  /** Positions that attention looks back, itself included; undefined if all. */
  readonly window: number | undefined;
  /** Index into the family's ropes; undefined where nothing turns. */
  readonly rope: number | undefined;
  /** Whether its MLP is made of experts. */
  readonly isSparse: boolean;
  /** Factor on products of queries and keys beside the block's. */
  readonly attentionFactor: number;
}

/** How experts are chosen. */
export interface ExpertDesign {
  readonly count: number;
  readonly perToken: number;
  /** Width of an expert. */
  readonly feedForward: number;
  /** Width of the shared expert; 0 if there is none. */
  readonly sharedFeedForward: number;
  /** Whether the weights of the chosen are made to sum to 1. */
  readonly normalizes: boolean;
}

/** A family of models that share names and block. */
export interface DecoderArchitecture {
  /** As `architectures` in config.json names it. */
  readonly className: string;
  /** As `model_type` names it. */
  readonly modelType: string;
  readonly modules: DecoderModules;
  readonly block: BlockDesign;
  /** What else config.json calls the keys that Llama's has; the first that is there counts, and comes before Llama's. */
  readonly keys?: Readonly<Record<string, readonly string[]>>;
  /** Width of MLPs, in widths of hidden states, where config.json does not say. */
  readonly feedForwardFactor?: number;
  /** Where its rotations are set. @default one, by `rope_theta` */
  readonly ropes?: readonly RopeSource[];
  /** What transformers takes for keys that config.json does not have; by their own names. */
  readonly defaults: { readonly [key: string]: Json };
  /** What a model's config changes in modules and block. */
  readonly vary?: (config: ConfigReader) => DecoderVariation;
  /** What a model's config says of layer `l`. @default no window, the first rotation */
  readonly layer?: (config: ConfigReader, l: number) => Partial<LayerDesign>;
  /** What config.json must say where layers change their places. @default nothing but their number */
  readonly stackConfig?: StackConfig;
}

/** Where config.json sets a rotation. */
export interface RopeSource {
  /** Key within `rope_parameters`, where it holds several; files without it have one. */
  readonly section?: string;
  /** Key of the base outside of `rope_parameters`, in older files. */
  readonly thetaKey: string;
  /** Base where the file says nothing. @default 10000 */
  readonly theta?: number;
  /** Whether `rope_scaling` of older files holds for it. */
  readonly isScaled: boolean;
}

/** Differences of one model from its family's row. */
export interface DecoderVariation {
  /** All of them, if any differs. */
  readonly modules?: DecoderModules;
  readonly block?: Partial<BlockDesign>;
  /** Whatever `hidden_act` says. */
  readonly activation?: Activation;
  readonly experts?: ExpertDesign;
  /** Heads of keys and values, whatever `num_key_value_heads` says. */
  readonly kvHeads?: number;
}

/** Llama's block, from which the others differ. */
export const PLAIN_BLOCK: BlockDesign = {
  norm: { kind: "rms", hasBias: false, offset: 0 },
  biases: { queryKeyValue: false, attentionOutput: false, mlp: false, head: false },
  isParallel: false,
  queryKeyValueOrder: "stacked",
  isTransposed: false,
  queryKeyNorm: "none",
  positions: "rotary",
  rotaryPairs: "halves",
  embeddingScale: 1,
  attentionScale: undefined,
  attentionCap: undefined,
  residualScale: 1,
  logitScale: 1,
  logitCap: undefined,
};
