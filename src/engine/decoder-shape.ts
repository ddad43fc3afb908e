/** What a model's config and table of tensors say about its forward pass. */

import type { ConfigReader } from "../arch/config-reader.ts";
import type {
  Activation,
  BlockDesign,
  BlockSwitch,
  DecoderArchitecture,
  DecoderModules,
  ExpertDesign,
  LayerDesign,
} from "../arch/decoder.ts";
import { ARCHITECTURES, findArchitecture } from "../arch/index.ts";
import { mapModules } from "../arch/map-modules.ts";
import { configValue } from "../model/config.ts";
import { missingTensor } from "../model/folder-model.ts";
import type { Model } from "../model/model.ts";
import { createConfigReader } from "./create-config-reader.ts";
import { engineErrors } from "./errors.ts";
import { type Rope, readRope } from "./rope.ts";

/** A model's sizes and kinds; plain data but for the architecture. Models of equal shapes share graphs and buffers. */
export interface DecoderShape {
  readonly architecture: DecoderArchitecture;
  /** The architecture's, with what the model's config and files change. */
  readonly modules: DecoderModules;
  /** Rows of the embedding, V. */
  readonly vocabulary: number;
  /** Of hidden states, C. */
  readonly width: number;
  readonly layers: number;
  /** [layers] */
  readonly layerDesigns: readonly LayerDesign[];
  readonly heads: number;
  readonly kvHeads: number;
  /** As stored, D. */
  readonly headWidth: number;
  /** Width of MLPs, F. */
  readonly feedForward: number;
  readonly activation: Activation;
  readonly epsilon: number;
  readonly block: BlockDesign<boolean>;
  readonly experts: ExpertDesign | undefined;
  /** As the layers count them; empty where nothing turns. */
  readonly ropes: readonly Rope[];
  /** Positions that the model was made for. */
  readonly contextLength: number;
  /** Name of the tensor that turns hidden states into logits; the embedding's for tied models. */
  readonly headTensor: string;
}

/**
 * Reads a model's shape from its config and its embedding's row count. Weights are not read.
 *
 * @throws engine/unknown_architecture, engine/bad_config, engine/bad_shape, model/tensor_missing
 */
export function readDecoderShape(model: Model): DecoderShape {
  const architecture = architectureOf(model);
  const config = createConfigReader(model, architecture);
  checkStorage(model, config);
  const own = architecture.vary?.(config) ?? {};
  const modules = asStored(own.modules ?? architecture.modules, model);
  const block = decideSwitches({ ...architecture.block, ...own.block }, (key) => config.flag(key));
  const sizes = readSizes(config, architecture, block, own.kvHeads);
  const layers = config.count("num_hidden_layers");
  const activation = own.activation ?? readActivation(config);
  if (own.experts !== undefined) checkExperts(config, own.experts, activation);
  return {
    architecture,
    modules,
    block,
    experts: own.experts,
    ...sizes,
    ...readHead(model, modules, config, sizes.width),
    layers,
    layerDesigns: Array.from({ length: layers }, (_, l) => readLayer(architecture, config, l, block)),
    activation,
    epsilon: readEpsilon(config),
    ropes: block.positions === "rotary" ? readRopes(architecture, config, sizes) : [],
  };
}

function architectureOf({ name, config }: Model): DecoderArchitecture {
  const listed = configValue(config, "architectures");
  const [first] = Array.isArray(listed) ? listed : [];
  const className = typeof first === "string" ? first : undefined;
  const modelType = typeof config["model_type"] === "string" ? config["model_type"] : undefined;
  const found = findArchitecture(className, modelType);
  if (found !== undefined) return found;
  const supported = ARCHITECTURES.map((row) => row.className);
  throw engineErrors.unknown_architecture({ model: name, architecture: className ?? modelType ?? "(none)", supported });
}

/** Types whose numbers are what they say, without scales that stand elsewhere. */
const FLOATS: ReadonlySet<string> = new Set(["F64", "F32", "F16", "BF16"]);

function checkStorage({ tensors }: Model, config: ConfigReader): void {
  if ((config.value("quantization_config") ?? null) === null) return;
  const isQuantised = [...tensors.values()].some(({ dtype }) => !FLOATS.has(dtype));
  if (isQuantised) throw config.reject("quantization_config", "weights that are not quantised");
}

/** Longest text that a model reads: its context, or any where its rotations grow with the text. */
export function longestText({ ropes, contextLength }: Pick<DecoderShape, "ropes" | "contextLength">): number {
  const isStretched = ropes.some(({ long }) => long !== undefined && "factor" in long);
  return isStretched ? Number.POSITIVE_INFINITY : contextLength;
}

type Sizes = Pick<DecoderShape, "width" | "heads" | "kvHeads" | "headWidth" | "feedForward" | "contextLength">;

function readSizes(
  config: ConfigReader,
  { feedForwardFactor }: DecoderArchitecture,
  { positions }: BlockDesign<boolean>,
  ownKvHeads: number | undefined,
): Sizes {
  const heads = config.count("num_attention_heads");
  const kvHeads = ownKvHeads ?? config.count("num_key_value_heads", heads);
  if (heads % kvHeads !== 0) throw config.reject("num_key_value_heads", `a divisor of the ${heads} heads`);
  const width = config.count("hidden_size");
  const headWidth = config.count("head_dim", Math.floor(width / heads));
  if (positions === "rotary" && headWidth % 2 !== 0) throw config.reject("head_dim", "an even number");
  const usual = feedForwardFactor === undefined ? undefined : feedForwardFactor * width;
  const feedForward = config.count("intermediate_size", usual);
  return { width, heads, kvHeads, headWidth, feedForward, contextLength: config.count("max_position_embeddings") };
}

/** Names that transformers gives to activations. */
const ACTIVATIONS: Readonly<Record<string, Activation>> = {
  silu: "silu",
  swish: "silu",
  gelu: "gelu",
  gelu_python: "gelu",
  gelu_new: "tanh_gelu",
  gelu_fast: "tanh_gelu",
  gelu_pytorch_tanh: "tanh_gelu",
  quick_gelu: "quick_gelu",
  relu: "relu",
  relu2: "relu2",
};

function readActivation(config: ConfigReader): Activation {
  const name = config.value("hidden_act");
  const found = typeof name === "string" && Object.hasOwn(ACTIVATIONS, name) ? ACTIVATIONS[name] : undefined;
  if (found !== undefined) return found;
  throw config.reject("hidden_act", `one of ${Object.keys(ACTIVATIONS).join(", ")}`);
}

function checkExperts(config: ConfigReader, { count, perToken }: ExpertDesign, activation: Activation): void {
  if (perToken > count) throw config.reject("num_experts_per_tok", `at most the ${count} experts`);
  if (activation !== "silu") throw config.reject("hidden_act", '"silu", where there are experts');
}

function readEpsilon(config: ConfigReader): number {
  const epsilon = config.value("rms_norm_eps");
  if (typeof epsilon === "number" && epsilon >= 0) return epsilon;
  throw config.reject("rms_norm_eps", "a number of at least 0");
}

function readLayer(
  { layer }: DecoderArchitecture,
  config: ConfigReader,
  l: number,
  { positions }: BlockDesign<boolean>,
): LayerDesign {
  const rope = positions === "rotary" ? 0 : undefined;
  return { window: undefined, rope, isSparse: false, attentionFactor: 1, ...layer?.(config, l) };
}

function readRopes(
  { ropes, defaults }: DecoderArchitecture,
  config: ConfigReader,
  { headWidth, contextLength }: Sizes,
): readonly Rope[] {
  const isPartial = Object.hasOwn(defaults, "partial_rotary_factor");
  const sources = ropes ?? [{ thetaKey: "rope_theta", isScaled: true }];
  return sources.map((source) => readRope(config, { source, headWidth, contextLength, isPartial }));
}

function decideSwitches(block: BlockDesign, isSet: (key: string) => boolean): BlockDesign<boolean> {
  const decide = (flag: BlockSwitch): boolean => (typeof flag === "boolean" ? flag : isSet(flag.configKey));
  const { queryKeyValue, attentionOutput, mlp, head } = block.biases;
  return {
    ...block,
    isParallel: decide(block.isParallel),
    biases: {
      queryKeyValue: decide(queryKeyValue),
      attentionOutput: decide(attentionOutput),
      mlp: decide(mlp),
      head: decide(head),
    },
  };
}

/**
 * Older files leave out the name of the model's body, the first part of all modules but the head; newer ones call every
 * head by the same name.
 */
function asStored(modules: DecoderModules, model: Model): DecoderModules {
  const bare = (name: string): string => name.slice(name.indexOf(".") + 1);
  const { embedding, head: usual } = modules;
  const head = [usual, "lm_head"].find((name) => model.tensors.has(`${name}.weight`)) ?? usual;
  if (model.tensors.has(`${embedding}.weight`) || !model.tensors.has(`${bare(embedding)}.weight`))
    return { ...modules, head };
  return { ...mapModules(modules, bare), head };
}

function readHead(
  model: Model,
  modules: DecoderModules,
  config: ConfigReader,
  width: number,
): Pick<DecoderShape, "vocabulary" | "headTensor"> {
  const [embedding, head] = [`${modules.embedding}.weight`, `${modules.head}.weight`];
  const info = model.tensors.get(embedding);
  if (info === undefined) throw missingTensor(model.name, embedding, model.tensors.keys());
  const [vocabulary = 0] = info.shape;
  if (info.shape.length !== 2 || vocabulary === 0) {
    const expected = `[vocabulary, ${width}]`;
    throw engineErrors.bad_shape({ model: model.name, tensor: embedding, got: `[${info.shape.join(", ")}]`, expected });
  }
  const isTied = config.flag("tie_word_embeddings") || !model.tensors.has(head);
  return { vocabulary, headTensor: isTied ? embedding : head };
}
