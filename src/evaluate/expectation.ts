import type { Json } from "../base/canonical-json.ts";
import { evaluateErrors } from "./errors.ts";
import type { Item } from "./item.ts";
import { isList, pythonText } from "./python-text.ts";
import { type OutputType, shorten } from "./task-keys.ts";

/** What counts as a right answer to an item. */
export type Expectation =
  | { readonly kind: "generate_until"; readonly references: readonly string[] }
  | { readonly kind: "multiple_choice"; readonly choices: readonly string[]; readonly right: readonly number[] }
  | { readonly kind: "loglikelihood"; readonly target: string }
  | { readonly kind: "loglikelihood_rolling"; readonly text: string };

/** What a target is read for. */
export interface Asked {
  readonly kind: OutputType;
  /** Undefined where the task has none. */
  readonly choices: readonly string[] | undefined;
  readonly item: Item;
}

/** Checks what `doc_to_target` gives for an item. @throws evaluate/bad_target */
export function toExpectation(target: Json, { kind, choices, item }: Asked): Expectation {
  const targets: readonly Json[] = isList(target) ? target : [target];
  const refuse = (expected: string): Error =>
    evaluateErrors.bad_target({ where: item.where, got: shorten(JSON.stringify(target)), expected });
  if (targets.length === 0 || targets.includes(null)) throw refuse("at least one answer");

  if (kind === "loglikelihood") return { kind, target: pythonText(targets[0]!) };
  if (kind === "loglikelihood_rolling") return { kind, text: pythonText(targets[0]!) };
  if (choices === undefined) return { kind: "generate_until", references: targets.map(pythonText) };

  const right = targets.map((entry) => indexIn(choices, entry));
  if (!right.every((index) => Number.isInteger(index) && index >= 0 && index < choices.length)) {
    const shown = shorten(JSON.stringify(choices));
    throw refuse(`the index of a choice, from 0 to ${choices.length - 1}, or its text (${shown})`);
  }
  if (kind === "multiple_choice") return { kind, choices, right };
  return { kind: "generate_until", references: right.map((index) => choices[index]!) };
}

/** Python's True and False are the indices 1 and 0. */
function indexIn(choices: readonly string[], entry: Json): number {
  if (typeof entry === "string") return choices.indexOf(entry);
  return typeof entry === "number" || typeof entry === "boolean" ? Number(entry) : Number.NaN;
}
