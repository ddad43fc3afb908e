/** Problems of vocabularies and of what travels beside the weights. */

import { CHAT_TEMPLATES } from "./chat-templates.ts";
import { entry } from "./problem-entry.ts";

/** By name, as in `recipeErrors`. */
export const VOCABULARY = {
  no_tokenizer: entry(
    (d: { model: string }) => `"${d.model}" has no tokenizer.json, which aligning vocabularies needs`,
    () => "convert its tokenizer with transformers (save_pretrained of a fast tokenizer), or name another source",
  ),
  tokenizer_assumed: entry(
    (d: { model: string }) => `"${d.model}" has no tokenizer.json and is taken to have the donor's vocabulary`,
    () => "add its tokenizer.json if it has another vocabulary",
  ),
  token_settings_differ: entry(
    (d: { token: string; model: string; first: string }) =>
      `the added token "${d.token}" has other settings in "${d.model}" than in "${d.first}", whose are kept`,
    () => "check the token in tokenizer.json of the result",
  ),
  token_without_row: entry(
    (d: { token: string; model: string; id: number; rows: number }) =>
      `the token "${d.token}" has id ${d.id} in "${d.model}", whose vocabulary ends at ${d.rows}, so it has no row`,
    (d) =>
      `name its row: tokenizer: {tokens: {"${d.token}": {source: {kind: zero}}}}, or drop it with source: base, or mend the model's tokenizer`,
  ),
  token_unknown: entry(
    (d: { token: string }) => `no model that is merged into these rows has the token "${d.token}", so its row is zero`,
    () => "give it a source under tokenizer.tokens",
  ),
  token_source_not_merged: entry(
    (d: { token: string; model: string }) =>
      `the row of the token "${d.token}" is to come from "${d.model}", which is not among the merged models`,
    () => "name one of the merged models",
  ),
  token_not_in_model: entry(
    (d: { token: string; model: string; rows: number }) =>
      `"${d.model}" has no row for the token "${d.token}"; it has ${d.rows} rows`,
    () => "name a token of that model, or another model",
  ),
  vocabularies_differ: entry(
    (d: { model: string; donor: string; count: number; id: number; token: string; other: string }) =>
      `${d.count} tokens of "${d.model}" have ids that mean others in "${d.donor}", whose tokenizer the result gets ` +
      `(id ${d.id} is ${JSON.stringify(d.token)}, not ${JSON.stringify(d.other)}), so rows of different tokens are mixed`,
    () => "align the rows by token with tokenizer: {source: base} or union",
  ),
  tokens_past_rows: entry(
    (d: { model: string; token: string; id: number; rows: number }) =>
      `the tokenizer of "${d.model}" gives ids up to ${d.id} or more (${JSON.stringify(d.token)}), and the embedding has ${d.rows} rows`,
    () => "drop such tokens with tokenizer: {source: base}, or mend the model's tokenizer",
  ),
  config_contradicts: entry(
    (d: { key: string; stated: number; tensor: string; found: number }) =>
      `config.json of the result says "${d.key}" ${d.stated}, and "${d.tensor}" has ${d.found}, so it may not load`,
    (d) => `merge models of one size, or set "${d.key}" to ${d.found} in config.json of the result`,
  ),
  weights_cancel: entry(
    (d: { tensor: string; weights: string }) =>
      `the weights of "${d.tensor}" are divided by their sum, which is 0 (${d.weights}), so nothing finite comes out`,
    () => "set normalize: false, or weights whose sum is not 0",
  ),
  template_unreadable: entry(
    (d: { found: string }) =>
      `"chat_template" is neither a known name nor a template of at least 20 characters with braces: "${d.found}"`,
    (d) => `name ${Object.keys(CHAT_TEMPLATES).join(", ")} or auto, or write a Jinja template instead of "${d.found}"`,
  ),
  no_template: entry(
    () => 'no model has a chat template, so "chat_template: auto" changes nothing',
    () => "name a template, or leave it out",
  ),
  eos_union: entry(
    (d: { ids: readonly number[]; donors: readonly number[] }) =>
      `the models end texts with different tokens; generation_config.json gets all of them, ${d.ids.join(", ")}, not only ${d.donors.join(", ") || "none"}`,
    () => "edit generation_config.json of the result if it shall stop elsewhere",
  ),
  licences_differ: entry(
    (d: { licences: string }) => `the models are under different licences: ${d.licences}`,
    () => "check that they allow a common derivative, and state its licence in the model card",
  ),
  side_file_unreadable: entry(
    (d: { model: string; why: string }) => `a side file of "${d.model}" is left out of account: ${d.why}`,
    () => "mend the file",
  ),
};
