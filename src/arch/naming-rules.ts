/**
 * What tensor names cannot say, for each class of model: rows of data.
 *
 * A class without a row follows the rules that hold for all. Patterns are tried on canonical names.
 *
 * @source class definitions of transformers 5, and the tables of tensors that mergekit 0.1.5 merges
 */

/** How the tensors of one class of models depart from what holds for all. */
export interface NamingRules {
  /** Names without this prefix that match `bare` are older spellings and get it. */
  readonly prefix?: { readonly text: string; readonly bare: RegExp };
  /** Old endings and what they are called now. */
  readonly renamed?: readonly (readonly [RegExp, string])[];
  /** Tensors that the library computes itself when it loads a model; they are not merged. */
  readonly dropped?: RegExp;
  /** Tensors that a model may have or not. */
  readonly optional?: RegExp;
  /** Buffers that mergekit refuses to do without, although current libraries no longer store them. */
  readonly buffers?: readonly string[];
}

const ROTARY_FREQUENCIES = /\.rotary_emb\.inv_freq$/;
const DEFAULT_RULES: NamingRules = { dropped: ROTARY_FREQUENCIES };

const BIASES = /\.(?:self_attn|mlp)\.\w+\.bias$/;
const GPT2: NamingRules = {
  prefix: { text: "transformer.", bare: /^(?:h\.\d+|wte|wpe|ln_f)\./ },
  dropped: /\.attn\.(?:bias|masked_bias)$/,
};
const BERT: NamingRules = {
  renamed: [
    [/\.LayerNorm\.gamma$/, ".LayerNorm.weight"],
    [/\.LayerNorm\.beta$/, ".LayerNorm.bias"],
  ],
  optional: /(?:^|\.)position_ids$/,
};

const RULES: Readonly<Record<string, NamingRules>> = {
  GPT2LMHeadModel: GPT2,
  GPT2ForSequenceClassification: GPT2,
  GPTBigCodeForCausalLM: GPT2,
  GPTNeoXForCausalLM: { buffers: ["attention.bias", "attention.masked_bias", "attention.rotary_emb.inv_freq"] },
  StableLmForCausalLM: { dropped: ROTARY_FREQUENCIES, optional: /\.self_attn\.[qkv]_proj\.bias$/ },
  StableLMEpochForCausalLM: { dropped: ROTARY_FREQUENCIES, optional: /\.self_attn\.[qkv]_proj\.bias$/ },
  GraniteForCausalLM: { dropped: ROTARY_FREQUENCIES, optional: BIASES },
  Glm4ForCausalLM: { dropped: ROTARY_FREQUENCIES, optional: BIASES },
  LlamaForSequenceClassification: { dropped: ROTARY_FREQUENCIES, optional: /^score\.bias$/ },
  T5ForConditionalGeneration: { optional: /\.relative_attention_bias\.weight$/ },
  BertModel: BERT,
  BertForMaskedLM: BERT,
  BertForSequenceClassification: BERT,
  BertForTokenClassification: BERT,
  BertForMultipleChoice: BERT,
  RobertaForMaskedLM: BERT,
  RobertaForSequenceClassification: BERT,
  RobertaForTokenClassification: BERT,
  RobertaModel: BERT,
};

/** Returns the rules of a class, such as `LlamaForCausalLM`. */
export function namingRulesOf(architecture: string): NamingRules {
  return Object.hasOwn(RULES, architecture) ? RULES[architecture]! : DEFAULT_RULES;
}

/** Classes that are one and the same under several names. */
const SAME_CLASS: Readonly<Record<string, string>> = { LLaMaForCausalLM: "LlamaForCausalLM" };

/** Whether models of two classes have the same tensors by definition. */
export function isSameArchitecture(a: string, b: string): boolean {
  return (SAME_CLASS[a] ?? a) === (SAME_CLASS[b] ?? b);
}
