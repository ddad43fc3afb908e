import type { BlockSwitch, DecoderArchitecture, DecoderBiases } from "../arch/decoder.ts";
import { ARCHITECTURES, findArchitecture } from "../arch/index.ts";
import type { Json } from "../base/canonical-json.ts";
import { configValue } from "../model/config.ts";
import { missingTensor } from "../model/folder-model.ts";
import type { Model } from "../model/model.ts";
import { engineErrors } from "./errors.ts";
import { type Rope, readRope } from "./rope.ts";

/** The sizes and settings of one model: what its graphs and buffers are made from. */
export interface DecoderShape {
  readonly architecture: DecoderArchitecture;
  /** Rows of the embedding, V. config.json's `vocab_size` is not asked. */
  readonly vocabulary: number;
  /** C */
  readonly width: number;
  /** L */
  readonly layers: number;
  /** H */
  readonly heads: number;
  /** Heads of keys and values; divides H. */
  readonly kvHeads: number;
  /** D, even */
  readonly headWidth: number;
  /** F */
  readonly feedForward: number;
  readonly epsilon: number;
  readonly rope: Rope;
  /** Most tokens that prompt and answer may have together. */
  readonly contextLength: number;
  /** Positions that attention looks back, itself included; undefined if all. */
  readonly window: number | undefined;
  readonly biases: DecoderBiases<boolean>;
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
  const reject = (key: string, got: string, allowed: string): Error =>
    engineErrors.bad_config({ model: model.name, key, got, allowed });
  const read = (key: string): Json | undefined => {
    const value = configValue(model.config, key);
    return value === undefined ? architecture.defaults[key] : value;
  };
  const count = (key: string, fallback?: number): number => {
    const value = read(key) ?? fallback;
    if (typeof value === "number" && Number.isSafeInteger(value) && value > 0) return value;
    throw reject(key, JSON.stringify(value) ?? "missing", "a whole number above 0");
  };
  const heads = count("num_attention_heads");
  const kvHeads = count("num_key_value_heads", heads);
  if (heads % kvHeads !== 0) throw reject("num_key_value_heads", `${kvHeads}`, `a divisor of the ${heads} heads`);
  const width = count("hidden_size");
  const headWidth = count("head_dim", Math.floor(width / heads));
  if (headWidth % 2 !== 0) throw reject("head_dim", `${headWidth}`, "an even number");
  const activation = read("hidden_act");
  if (activation !== "silu" && activation !== "swish") throw reject("hidden_act", JSON.stringify(activation), '"silu"');
  const epsilon = read("rms_norm_eps");
  if (typeof epsilon !== "number" || !(epsilon >= 0))
    throw reject("rms_norm_eps", `${epsilon}`, "a number of at least 0");
  const contextLength = count("max_position_embeddings");
  const windowKey = architecture.windowKey;
  const hasWindow = windowKey !== undefined && typeof read(windowKey) === "number";
  return {
    architecture,
    ...readHead(model, architecture, width),
    width,
    layers: count("num_hidden_layers"),
    heads,
    kvHeads,
    headWidth,
    feedForward: count("intermediate_size"),
    epsilon,
    rope: readRope(model.config, { headWidth, contextLength, reject }),
    contextLength,
    window: hasWindow ? count(windowKey) : undefined,
    biases: readBiases(architecture.biases, (key) => read(key) === true),
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

function readBiases(biases: DecoderBiases, isSet: (key: string) => boolean): DecoderBiases<boolean> {
  const decide = (flag: BlockSwitch): boolean => (typeof flag === "boolean" ? flag : isSet(flag.configKey));
  return {
    queryKeyValue: decide(biases.queryKeyValue),
    attentionOutput: decide(biases.attentionOutput),
    mlp: decide(biases.mlp),
  };
}

function readHead(
  model: Model,
  { modules }: DecoderArchitecture,
  width: number,
): Pick<DecoderShape, "vocabulary" | "headTensor"> {
  const embedding = `${modules.embedding}.weight`;
  const info = model.tensors.get(embedding);
  if (info === undefined) throw missingTensor(model.name, embedding, model.tensors.keys());
  const [vocabulary = 0] = info.shape;
  if (info.shape.length !== 2 || vocabulary === 0) {
    const expected = `[vocabulary, ${width}]`;
    throw engineErrors.bad_shape({ model: model.name, tensor: embedding, got: `[${info.shape.join(", ")}]`, expected });
  }
  const head = `${modules.head}.weight`;
  const isTied = model.config["tie_word_embeddings"] === true || !model.tensors.has(head);
  return { vocabulary, headTensor: isTied ? embedding : head };
}
