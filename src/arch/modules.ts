/** The modules that mergekit divides models with several rows of layers into, as rows of data. */

/** One module of a class of models. */
export interface ModuleRule {
  readonly name: string;
  /** Rows of layers and single tensors whose names match belong to it, unless an earlier rule took them. */
  readonly members: RegExp;
  /** Where config.json states its number of layers; the first that is there counts. */
  readonly layerKeys: readonly string[];
}

const SEQ2SEQ: readonly ModuleRule[] = [
  { name: "encoder", members: /^(?:model\.)?encoder\./, layerKeys: ["num_layers", "encoder_layers"] },
  {
    name: "decoder",
    members: /^(?:model\.)?decoder\.|^(?:lm_head|proj_out)\./,
    layerKeys: ["num_decoder_layers", "decoder_layers", "num_layers"],
  },
  { name: "shared", members: /./, layerKeys: [] },
];

const VISION: readonly ModuleRule[] = [
  { name: "multi_modal_projector", members: /multi_modal_projector|\.merger\.|\.deepstack_merger/, layerKeys: [] },
  {
    name: "vision_tower",
    members: /(?:^|\.)(?:vision_tower|vision_model|visual)\./,
    layerKeys: ["vision_config.num_hidden_layers", "vision_config.depth"],
  },
  { name: "text_decoder", members: /./, layerKeys: ["text_config.num_hidden_layers", "num_hidden_layers"] },
];

const RULES: Readonly<Record<string, readonly ModuleRule[]>> = {
  T5ForConditionalGeneration: SEQ2SEQ,
  WhisperForConditionalGeneration: SEQ2SEQ,
  Gemma3ForConditionalGeneration: VISION,
  Llama4ForConditionalGeneration: VISION,
  Mistral3ForConditionalGeneration: VISION,
  Qwen2VLForConditionalGeneration: VISION,
  Qwen2_5_VLForConditionalGeneration: VISION,
  Qwen3VLForConditionalGeneration: VISION,
  Qwen3VLMoeForConditionalGeneration: VISION,
};

const ALL: ModuleRule = {
  name: "default",
  members: /./,
  layerKeys: ["num_hidden_layers", "n_layer", "n_layers", "num_layers", "text_config.num_hidden_layers"],
};

/**
 * Returns the modules of a model. A class without a row has one module for each row of layers, called by its prefix, and
 * `default` for the rest; with a single row everything is `default`.
 *
 * @param towers - the prefixes of its rows of layers.
 */
export function modulesOf(architecture: string, towers: readonly string[]): readonly ModuleRule[] {
  if (Object.hasOwn(RULES, architecture)) return RULES[architecture]!;
  if (towers.length <= 1) return [ALL];
  const own = towers.map((name) => ({ name, members: new RegExp(`^${escapePattern(name)}(?:\\.|$)`), layerKeys: [] }));
  return [...own, { ...ALL, layerKeys: [] }];
}

/** Returns the module that a row of layers (by its prefix) or a single tensor belongs to. */
export function moduleOf(rules: readonly ModuleRule[], name: string): ModuleRule | undefined {
  return rules.find(({ members }) => members.test(`${name}.`));
}

function escapePattern(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
