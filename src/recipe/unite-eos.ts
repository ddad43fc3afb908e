/** Lets the output of a merge stop where any of its models would. */

import { formatJsonLike } from "../base/json-spelling.ts";
import { configValue } from "../model/config.ts";
import { readEosIds } from "../model/eos-ids.ts";
import { readModelJson, readModelText } from "../model/model-file.ts";
import type { Alignment } from "./align-vocabularies.ts";
import type { OpenedModel } from "./open-inputs.ts";
import type { Report } from "./report.ts";

/** What the ends of texts depend on. */
export interface EosContext {
  readonly opened: readonly OpenedModel[];
  readonly donor: OpenedModel;
  readonly alignment: Alignment | undefined;
  readonly report: Report;
}

/**
 * Returns generation_config.json with the end tokens of all models, where the donor's are not all there are.
 *
 * A base model ends texts with another token than its chat tune; a merge that knows only the base's talks on and on.
 *
 * @throws what reading side files raises
 */
export function uniteEos({ opened, donor, alignment, report }: EosContext): ReadonlyMap<string, string> {
  const own = outputIds(donor, alignment);
  const others = opened.filter((model) => model !== donor).flatMap((model) => outputIds(model, alignment));
  const ids = [...new Set([...own, ...others.filter((id) => id < rowsOf(donor, alignment))])];
  if (ids.length === own.length) return new Map();
  report.warn("eos_union", donor.reference.place, { ids, donors: own });
  const config = readModelJson(donor.model, "generation_config.json") ?? {};
  const original = readModelText(donor.model, "generation_config.json");
  return new Map([["generation_config.json", formatJsonLike({ ...config, eos_token_id: ids }, original)]]);
}

/** The end tokens of a model under the ids that the output gives them. */
function outputIds({ model, index }: OpenedModel, alignment: Alignment | undefined): readonly number[] {
  const ids = [...new Set(readEosIds(model, model.config))];
  const vocabulary = alignment?.vocabularies[index];
  if (alignment === undefined || vocabulary === undefined) return ids;
  const tokens = new Map([...vocabulary.ids].map(([token, id]) => [id, token]));
  return ids.flatMap((id) => {
    const token = tokens.get(id);
    return token === undefined ? [] : (alignment.vocabulary.ids.get(token) ?? []);
  });
}

function rowsOf({ model }: OpenedModel, alignment: Alignment | undefined): number {
  const stated = configValue(model.config, "vocab_size");
  return alignment?.rows ?? (typeof stated === "number" ? stated : Number.POSITIVE_INFINITY);
}
