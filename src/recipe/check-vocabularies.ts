/** Looks for what makes a merge talk nonsense although every shape fits: rows that mean other tokens. */

import { hasVocabularyAxis } from "../arch/tensor-roles.ts";
import { CodedError } from "../base/errors.ts";
import { readModelBytes } from "../model/model-file.ts";
import type { OpenedModel } from "./open-inputs.ts";
import type { PlannedTensor } from "./plan.ts";
import type { Report } from "./report.ts";
import { readVocabulary, type Vocabulary } from "./vocabulary.ts";

/**
 * Warns of models that give other tokens to the same ids than the donor, whose tokenizer the output gets, and of tokens of
 * the donor's that the output has no rows for. For merges that do not align vocabularies.
 */
export function checkVocabularies(
  opened: readonly OpenedModel[],
  donor: OpenedModel,
  tensors: readonly PlannedTensor[],
  report: Report,
): void {
  const embedding = tensors.find(({ name }) => hasVocabularyAxis(name));
  const own = embedding === undefined ? undefined : readQuietly(donor, report);
  if (embedding === undefined || own === undefined) return;
  const rows = embedding.shape[0] ?? 0;
  const late = firstPast(own.ids, rows);
  if (late !== undefined) {
    const [token, id] = late;
    report.warn("tokens_past_rows", donor.reference.place, { model: donor.reference.text, token, id, rows });
  }
  const ownFiles = readFiles(donor);
  for (const model of opened) {
    const isSame = model === donor || hasSameFiles(model, ownFiles);
    const vocabulary = isSame ? undefined : readQuietly(model, report);
    if (vocabulary !== undefined) compare(vocabulary, own, model, donor, report);
  }
}

/** Mostly there is none, and to list ids is much quicker than to list tokens with them. */
function firstPast(ids: ReadonlyMap<string, number>, rows: number): [token: string, id: number] | undefined {
  return [...ids.values()].some((id) => id >= rows) ? [...ids].find(([, id]) => id >= rows) : undefined;
}

const FILES = ["tokenizer.json", "tokenizer_config.json"];

function readFiles({ model }: OpenedModel): readonly (Uint8Array | undefined)[] {
  return FILES.map((file) => readModelBytes(model, file));
}

/** Fine-tuned models mostly have their base's tokenizer, and comparing bytes is much quicker than parsing them. */
function hasSameFiles(model: OpenedModel, others: readonly (Uint8Array | undefined)[]): boolean {
  return readFiles(model).every((own, i) => {
    const other = others[i];
    return own === undefined || other === undefined ? own === other : Buffer.compare(own, other) === 0;
  });
}

/** A damaged tokenizer is no reason to refuse a merge of weights. */
function readQuietly({ model, reference }: OpenedModel, report: Report): Vocabulary | undefined {
  try {
    return readVocabulary(model);
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    report.warn("side_file_unreadable", reference.place, { model: reference.text, why: error.message });
    return undefined;
  }
}

function compare(theirs: Vocabulary, own: Vocabulary, model: OpenedModel, donor: OpenedModel, report: Report): void {
  const tokens = new Map([...own.ids].map(([token, id]) => [id, token]));
  const others = [...theirs.ids].filter(([token, id]) => tokens.has(id) && tokens.get(id) !== token);
  const [first] = others;
  if (first === undefined) return;
  const [token, id] = first;
  report.warn("vocabularies_differ", model.reference.place, {
    model: model.reference.text,
    donor: donor.reference.text,
    count: others.length,
    id,
    token,
    other: tokens.get(id)!,
  });
}
