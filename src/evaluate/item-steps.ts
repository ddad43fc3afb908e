/** `process_docs`: named steps that items go through before anything is asked, instead of the harness' Python. */

import { z } from "zod";
import { nearestName } from "../base/nearest.ts";
import { evaluateErrors } from "./errors.ts";
import { compileField } from "./field-reader.ts";
import { compilePattern } from "./filters/regex.ts";
import { contentOf, type Item } from "./item.ts";
import { pythonStrip } from "./python-text.ts";
import { problemsOf, type TaskKeys } from "./task-keys.ts";
import type { KeyPath, TaskSource } from "./task-source.ts";

/** What becomes of the items of a split. */
export type ItemStep = (items: readonly Item[]) => readonly Item[];

interface StepKind {
  /** What it does, in one sentence. */
  readonly title: string;
  readonly settings: z.ZodType;
  begin(settings: never, source: TaskSource, path: KeyPath): ItemStep;
}

const text = z.string("a text");

/** Ties `begin` to the settings at compile time. */
function step<O>(kind: {
  readonly title: string;
  readonly settings: z.ZodType<O>;
  begin(settings: O, source: TaskSource, path: KeyPath): ItemStep;
}): StepKind {
  return kind as StepKind;
}

/** The steps, by the names that task files use. */
export const ITEM_STEPS: Readonly<Record<string, StepKind>> = {
  drop_duplicates: step({
    title: "Keeps the first of equal items.",
    settings: z.strictObject({}),
    begin: () => (items) =>
      [...new Map(items.toReversed().map((item) => [contentOf(item), item])).values()].toReversed(),
  }),
  keep_if: step({
    title: "Keeps items for which a template gives True.",
    settings: z.strictObject({ template: text }),
    begin: ({ template }, source) => {
      const reader = compileField("process_docs", template, source, "texts");
      return (items) => items.filter((item) => /^\s*true\s*$/i.test(reader.text(item)));
    },
  }),
  regex_replace: step({
    title: "Replaces what a pattern finds in one field by nothing.",
    settings: z.strictObject({ field: text, regex_pattern: text }),
    begin: ({ field, regex_pattern }, source, path) => {
      const pattern = compilePattern(regex_pattern, "regex_pattern", (key = "") => source.at([...path, key]));
      return onTexts((value) => pattern.remove(value), field);
    },
  }),
  set_field: step({
    title: "Gives each item a field that a template writes.",
    settings: z.strictObject({ field: text, template: text }),
    begin: ({ field, template }, source) => {
      const reader = compileField("process_docs", template, source, "texts");
      return (items) => items.map((item) => withFields(item, { ...item.fields, [field]: reader.value(item) }));
    },
  }),
  strip: step({
    title: "Removes white space at both ends of every text, or of one field.",
    settings: z.strictObject({ field: text.optional() }),
    begin: ({ field }) => onTexts(pythonStrip, field),
  }),
};

/** Sets up the steps of a task. @throws evaluate/unknown_name, bad_value, unknown_key, bad_template, bad_regex */
export function createItemSteps(keys: TaskKeys, source: TaskSource): ItemStep {
  const given = keys.process_docs;
  if (given === undefined) return (items) => items;
  const entries = typeof given === "string" ? [{ function: given }] : given;
  const steps = entries.map(({ function: name, ...settings }, i) => {
    const path = ["process_docs", ...(typeof given === "string" ? [] : [i])];
    const kind = ITEM_STEPS[String(name)];
    const known = Object.keys(ITEM_STEPS);
    if (kind === undefined || !Object.hasOwn(ITEM_STEPS, String(name))) {
      const nearest = nearestName(String(name), known);
      throw evaluateErrors.unknown_name({ where: source.at(path), kind: "step", name: String(name), nearest, known });
    }
    const checked = kind.settings.safeParse(settings);
    if (!checked.success) throw problemsOf(checked.error.issues[0]!, source, path)[0]!;
    return kind.begin(checked.data as never, source, path);
  });
  return (items) => renumbered(steps.reduce((rest, each) => each(rest), items));
}

function onTexts(change: (value: string) => string, field?: string): ItemStep {
  return (items) =>
    items.map((item) => {
      const fields = Object.entries(item.fields).map(([name, value]) => {
        const isMeant = typeof value === "string" && (field === undefined || field === name);
        return [name, isMeant ? change(value) : value] as const;
      });
      return withFields(item, Object.fromEntries(fields));
    });
}

function withFields(item: Item, fields: Item["fields"]): Item {
  return { ...item, fields, absent: new Set([...item.absent].filter((name) => !Object.hasOwn(fields, name))) };
}

/** Places count what is left, as where the harness' own steps drop items. */
function renumbered(items: readonly Item[]): readonly Item[] {
  return items.map((item, index) => ({ ...item, index }));
}
