/** From items to what the model is asked and what a right answer is. */

import type { Json } from "../base/canonical-json.ts";
import { evaluateErrors } from "./errors.ts";
import type { FewShotSampler } from "./few-shot.ts";
import { compileField, type FieldReader } from "./field-reader.ts";
import type { Item } from "./item.ts";
import { parsePythonList } from "./python-list.ts";
import { isList, pythonText } from "./python-text.ts";
import { type OutputType, shorten, type TaskKeys } from "./task-keys.ts";
import type { TaskSource } from "./task-source.ts";

/** What counts as a right answer to an item. */
export type Expectation =
  | { readonly kind: "generate_until"; readonly references: readonly string[] }
  | { readonly kind: "multiple_choice"; readonly choices: readonly string[]; readonly right: readonly number[] }
  | { readonly kind: "loglikelihood"; readonly target: string };

/** An item, ready to be asked. */
export interface PreparedItem {
  readonly item: Item;
  /** Description, examples and the item's own text. */
  readonly prompt: string;
  readonly expected: Expectation;
}

/** Writes prompts. @throws evaluate/bad_template, missing_field, bad_target, bad_choices, too_few_examples */
export type PreparePrompt = (item: Item) => PreparedItem;

/** Compiles a task's templates. @throws evaluate/bad_template */
export function createPrompts(keys: TaskKeys, source: TaskSource, sampler: FewShotSampler): PreparePrompt {
  const description = compileField("description", keys.description, source, "texts");
  const question = compileField("doc_to_text", keys.doc_to_text, source);
  const choicesOf = compileChoices(keys, source);
  const targetOf = compileTarget(keys, source);

  const expectationOf = (item: Item): Expectation => {
    const choices = choicesOf(item);
    return toExpectation(targetOf(item), { kind: keys.output_type, choices, item, source });
  };
  const textOf = (item: Item): string => {
    if (choicesOf(item) === undefined || typeof question.value(item) !== "number") return question.text(item);
    const where = source.at(["doc_to_text"]);
    throw evaluateErrors.not_supported({
      where,
      what: "a number that picks the prompt",
      fix: "give the prompt itself",
    });
  };
  const exampleText = (example: Item): string => {
    const answer = firstAnswer(expectationOf(example));
    if (answer === "") return textOf(example);
    return textOf(example) + keys.target_delimiter + answer + keys.fewshot_delimiter;
  };

  return (item) => {
    const intro = keys.description === "" ? "" : description.text(item);
    const prompt = intro + sampler(item).map(exampleText).join("") + textOf(item);
    return { item, prompt, expected: expectationOf(item) };
  };
}

/** The answer that stands in a few-shot example. */
function firstAnswer(expected: Expectation): string {
  if (expected.kind === "generate_until") return expected.references[0]!;
  if (expected.kind === "multiple_choice") return expected.choices[expected.right[0]!]!;
  return expected.target;
}

type ReadChoices = (item: Item) => readonly string[] | undefined;

function compileChoices({ doc_to_choice: given, output_type }: TaskKeys, source: TaskSource): ReadChoices {
  if (given === undefined) {
    if (output_type !== "multiple_choice") return () => undefined;
    const expected = "given for multiple_choice: a template, the name of a field, or a list of texts";
    throw evaluateErrors.bad_value({ where: source.at([]), key: "doc_to_choice", got: "nothing", expected });
  }
  if (typeof given === "string") {
    const reader = compileField("doc_to_choice", given, source);
    return (item) => {
      const value = reader.value(item);
      const list = typeof value === "string" ? parsePythonList(value.trim()) : value;
      if (isList(list) && list.length > 0) return list.map(pythonText);
      throw evaluateErrors.bad_choices({ where: item.where, got: shown(value) });
    };
  }
  const readers = Object.values(given).map((text) => compileField("doc_to_choice", String(text), source, "texts"));
  return (item) => readers.map((reader) => reader.text(item));
}

/** What `doc_to_target` gives before it is checked: for choices an index, a text, or a list of these. */
function compileTarget(keys: TaskKeys, source: TaskSource): (item: Item) => Json {
  const given = keys.doc_to_target;
  if (typeof given !== "string") return () => given;
  const reader: FieldReader = compileField("doc_to_target", given, source);
  const isOneExpression = /^\{\{(?:(?!\}\}).)*\}\}$/s.test(given);
  return (item) => {
    const value = reader.value(item);
    if (typeof value !== "string" || Object.hasOwn(item.fields, given)) return value;
    if (keys.doc_to_choice !== undefined && /^\d+$/.test(value)) return Number(value);
    // The harness reads any text in brackets as a list; here a text that is one field's value stays a text.
    const isListText = !isOneExpression && /^\[.*\]$/s.test(value);
    return (isListText ? parsePythonList(value) : undefined) ?? value;
  };
}

interface Asked {
  readonly kind: OutputType;
  readonly choices: readonly string[] | undefined;
  readonly item: Item;
  readonly source: TaskSource;
}

function toExpectation(target: Json, { kind, choices, item }: Asked): Expectation {
  const targets: readonly Json[] = isList(target) ? target : [target];
  const refuse = (expected: string): Error =>
    evaluateErrors.bad_target({ where: item.where, got: shown(target), expected });
  if (targets.length === 0) throw refuse("at least one answer");

  if (kind === "loglikelihood") return { kind, target: pythonText(targets[0]!) };
  if (choices === undefined) return { kind: "generate_until", references: targets.map(pythonText) };

  const right = targets.map((entry) => indexIn(choices, entry));
  if (!right.every((index) => Number.isInteger(index) && index >= 0 && index < choices.length))
    throw refuse(`the index of a choice, from 0 to ${choices.length - 1}, or its text (${shown([...choices])})`);
  if (kind === "multiple_choice") return { kind, choices, right };
  return { kind: "generate_until", references: right.map((index) => choices[index]!) };
}

/** Python's True and False are the indices 1 and 0. */
function indexIn(choices: readonly string[], entry: Json): number {
  if (typeof entry === "string") return choices.indexOf(entry);
  return typeof entry === "number" || typeof entry === "boolean" ? Number(entry) : Number.NaN;
}

function shown(value: Json): string {
  return shorten(JSON.stringify(value));
}
