import type { Json } from "../base/canonical-json.ts";
import { nearestName } from "../base/nearest.ts";
import { evaluateErrors } from "./errors.ts";
import type { Item } from "./item.ts";
import { pythonText } from "./python-text.ts";
import type { TaskSource } from "./task-source.ts";
import { compileTemplate, MissingName } from "./template.ts";

/** What a key such as `doc_to_text` gives for an item. */
export interface FieldReader {
  /** A field as it is, the value of a template that is one expression giving a list, else the rendered text. */
  value(item: Item): Json;
  /** The same as a text, as Python would print it. */
  text(item: Item): string;
}

/** Whether a text of one word, such as "answer", can only be meant as the name of a field. */
export type WordsAre = "fields" | "texts";

/**
 * Compiles the text of a key that holds a template or the name of a field.
 *
 * @throws evaluate/bad_template now, or when an item cannot be rendered; evaluate/missing_field for an item without a
 * value that is named, and for a word that is no field where words are fields.
 */
export function compileField(key: string, text: string, source: TaskSource, words: WordsAre = "fields"): FieldReader {
  const where = source.at([key]);
  const attempt = <T>(run: () => T, item?: Item): T => {
    try {
      return run();
    } catch (cause) {
      if (cause instanceof MissingName && item !== undefined) throw missing(key, cause.missing, item);
      const problem = (cause as Error).message + (item === undefined ? "" : ` (for the item ${item.where})`);
      throw evaluateErrors.bad_template({ where, key, problem }, cause);
    }
  };
  const template = attempt(() => compileTemplate(text));
  const isWord = words === "fields" && /^[A-Za-z_]\w*$/.test(text);

  const read = (item: Item): Json => {
    const field = Object.hasOwn(item.fields, text) ? item.fields[text] : undefined;
    if (field !== undefined && field !== null) return field;
    if (isWord || item.absent.has(text)) throw missing(key, text, item);
    const value = attempt(() => template.value(item), item);
    return Array.isArray(value) ? value : attempt(() => template.render(item), item);
  };
  return { value: read, text: (item) => pythonText(read(item)) };
}

function missing(key: string, field: string, item: Item): Error {
  const known = Object.keys(item.fields);
  const nearest = nearestName(field, known);
  return evaluateErrors.missing_field({ where: item.where, key, field, known, nearest });
}
