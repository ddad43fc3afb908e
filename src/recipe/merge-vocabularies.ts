/** Builds the vocabulary of a merge from those of its models. */

import { canonicalJson } from "../base/canonical-json.ts";
import type { ModelConfig } from "../model/model.ts";
import type { TokenizerSetting } from "./recipe.ts";
import type { Report } from "./report.ts";
import {
  addClassTokens,
  addTokens,
  type JsonObject,
  plainToken,
  stripVocabulary,
  type Vocabulary,
} from "./vocabulary.ts";

/** A model's part in the vocabulary. */
export interface VocabularyInput {
  /** As the recipe names it. */
  readonly model: string;
  readonly config: ModelConfig;
  readonly vocabulary: Vocabulary;
  /** Rows that its config.json states: ids from here on have none. */
  readonly size: number;
}

/**
 * Builds the output's vocabulary.
 *
 * `base` is the first input's without the tokens that its model has no rows for; `union` adds to it the others' tokens, model
 * by model in the order of their ids, first the ordinary ones, then the added ones; a model's own is taken whole. New
 * tokens have no merges, so they are found in texts only as a whole.
 *
 * @param inputs - the donor first.
 * @param chosen - of the model that `source` names, where it names one.
 */
export function mergeVocabularies(
  { source, tokens, place }: TokenizerSetting,
  inputs: readonly VocabularyInput[],
  chosen: Vocabulary | undefined,
  report: Report,
): Vocabulary {
  const [donor] = inputs;
  const base = chosen ?? stripVocabulary(donor!.vocabulary, donor!.size);
  const built =
    source === "union" ? addUnion(base, inputs, (d) => report.warn("token_settings_differ", place, d)) : base;
  const whole = source === "union" ? addClassTokens(built, donor!.config) : built;
  const named = [...tokens.keys()].filter((token) => !whole.added.has(token));
  return addTokens(
    whole,
    named.map((token) => plainToken(token, false)),
  );
}

type NoteDifference = (details: { readonly token: string; readonly model: string; readonly first: string }) => void;

function addUnion(base: Vocabulary, inputs: readonly VocabularyInput[], note: NoteDifference): Vocabulary {
  const ordinary = inputs.flatMap(({ vocabulary, size }) => {
    const own = [...vocabulary.ids].filter(([token, id]) => id < size && !vocabulary.added.has(token));
    return own.toSorted(([, a], [, b]) => a - b).map(([token]) => token);
  });
  const missing = [...new Set(ordinary)].filter((token) => !base.ids.has(token));
  const extended = addTokens(
    base,
    missing.map((token) => plainToken(token, false)),
  );
  const added = [...collectAdded(inputs, note).values()].filter(({ content }) => !extended.ids.has(content as string));
  return addTokens(extended, added);
}

/** The first definition of every added token. */
function collectAdded(inputs: readonly VocabularyInput[], note: NoteDifference): Map<string, JsonObject> {
  const found = new Map<string, { readonly token: JsonObject; readonly model: string }>();
  for (const { vocabulary, size, model } of inputs) {
    for (const [content, { id, ...token }] of vocabulary.added) {
      if ((id as number) >= size) continue;
      const first = found.get(content);
      if (first === undefined) found.set(content, { token, model });
      else if (canonicalJson(first.token) !== canonicalJson(token)) note({ token: content, model, first: first.model });
    }
  }
  return new Map([...found].map(([content, { token }]) => [content, token]));
}
