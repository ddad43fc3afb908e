/** From items to what the model is asked and what a right answer is. */

import type { Json } from "../base/canonical-json.ts";
import { type ChatFormat, chatText, delimited, type Message, plainText } from "./chat-format.ts";
import { evaluateErrors } from "./errors.ts";
import { type Expectation, toExpectation } from "./expectation.ts";
import type { FewShotSampler } from "./few-shot.ts";
import { compileField, type FieldReader } from "./field-reader.ts";
import type { Item } from "./item.ts";
import { parsePythonList } from "./python-list.ts";
import { isList, pythonText } from "./python-text.ts";
import { shorten, type TaskKeys } from "./task-keys.ts";
import type { TaskSource } from "./task-source.ts";

/** A continuation to be weighed. */
export interface AskedPair {
  readonly context: string;
  readonly continuation: string;
}

/** An item, ready to be asked. */
export interface PreparedItem {
  readonly item: Item;
  /** Description, examples and the item's own text; the first of several where the choices are in the prompts. */
  readonly prompt: string;
  readonly expected: Expectation;
  /**
   * What is to be scored: a pair for each choice, then those without a prompt where a metric needs them; one pair for a
   * single target, or for a whole text, whose context is empty. None where an answer is to be written.
   */
  readonly pairs: readonly AskedPair[];
}

/** Writes prompts. @throws evaluate/bad_template, missing_field, bad_target, bad_choices, too_few_examples */
export type PreparePrompt = (item: Item) => PreparedItem;

/** What prompts are made with, beside the task's keys. */
export interface PromptParts {
  readonly sampler: FewShotSampler;
  /** Whether a metric needs the choices' log-probabilities after nothing at all. */
  readonly needsUnconditional: boolean;
  /** Writes prompts as turns of a chat; undefined for plain text. */
  readonly chat: ChatFormat | undefined;
}

/** Compiles a task's templates. @throws evaluate/bad_template */
export function createPrompts(keys: TaskKeys, source: TaskSource, parts: PromptParts): PreparePrompt {
  const { fewshot_config: shots, target_delimiter, output_type } = keys;
  const description = compileField("description", keys.description, source, "texts");
  const own = compileSide(keys, source);
  const example = compileSide(
    {
      ...keys,
      doc_to_text: shots.doc_to_text ?? keys.doc_to_text,
      doc_to_target: shots.doc_to_target ?? keys.doc_to_target,
      doc_to_choice: shots.doc_to_choice ?? keys.doc_to_choice,
      gen_prefix: shots.gen_prefix ?? keys.gen_prefix,
    },
    source,
  );
  const render = (messages: readonly Message[]): string =>
    parts.chat === undefined ? plainText(messages) : chatText(messages, parts.chat);

  const opening = (item: Item): readonly Message[] => {
    const intro = keys.description === "" ? "" : description.text(item);
    const system = delimited(parts.chat?.systemInstruction ?? "", intro, keys.fewshot_delimiter);
    const turns = parts.sampler(item).flatMap((each) =>
      turnsOf(example.question(each), {
        prefix: example.prefix(each),
        answer: firstAnswer(example, each),
        targetDelimiter: shots.target_delimiter ?? target_delimiter,
        endDelimiter: shots.fewshot_delimiter ?? keys.fewshot_delimiter,
      }),
    );
    return system === "" ? turns : [{ role: "system", content: system, delimiter: "" }, ...turns];
  };
  const continuationStart = (prefix: string): string => {
    if (parts.chat === undefined || (prefix !== "" && !/\s$/.test(prefix))) return target_delimiter;
    return "";
  };

  return (item) => {
    if (output_type === "loglikelihood_rolling") {
      const expected = expectationOf(own, item);
      const text = expected.kind === output_type ? expected.text : "";
      return { item, prompt: text, expected, pairs: [{ context: "", continuation: text }] };
    }
    const before = opening(item);
    const prefix = own.prefix(item);
    const promptOf = (question: string, targetDelimiter: string): string =>
      render([...before, ...turnsOf(question, { prefix, answer: "", targetDelimiter, endDelimiter: "" })]);
    const picked = own.pickedPrompt(item);
    if (picked !== undefined) {
      const contexts = picked.prompts.map((each) => promptOf(each, ""));
      const continuation = continuationStart(prefix) + pythonText(own.target(item));
      const expected: Expectation = { kind: "multiple_choice", choices: picked.prompts, right: [picked.right] };
      const pairs = contexts.map((context) => ({ context, continuation }));
      return { item, prompt: contexts[0]!, expected, pairs };
    }
    const prompt = promptOf(own.question(item), target_delimiter);
    const expected = expectationOf(own, item);
    const pairs = pairsOf(prompt, expected, continuationStart(prefix));
    const bare = parts.needsUnconditional ? pairs.map(({ continuation }) => ({ context: "", continuation })) : [];
    return { item, prompt, expected, pairs: [...pairs, ...bare] };
  };
}

/** The delimiter goes before a choice, and not before a single target, as in the harness. */
function pairsOf(context: string, expected: Expectation, delimiter: string): readonly AskedPair[] {
  if (expected.kind === "multiple_choice")
    return expected.choices.map((choice) => ({ context, continuation: delimiter + choice }));
  return expected.kind === "loglikelihood" ? [{ context, continuation: expected.target }] : [];
}

interface Turn {
  readonly prefix: string;
  /** Empty for the question that the model is to answer. */
  readonly answer: string;
  readonly targetDelimiter: string;
  readonly endDelimiter: string;
}

/** One question, with its answer or with the beginning of one. */
function turnsOf(question: string, { prefix, answer, targetDelimiter, endDelimiter }: Turn): readonly Message[] {
  const needsDelimiter =
    prefix === "" ? answer !== "" : question !== "" && !/\s$/.test(question) && !/^\s/.test(prefix);
  const user: Message = { role: "user", content: question, delimiter: needsDelimiter ? targetDelimiter : "" };
  const said = answer === "" ? prefix : delimited(prefix, answer, " ");
  return said === ""
    ? [user]
    : [user, { role: "assistant", content: said, delimiter: answer === "" ? "" : endDelimiter }];
}

/** The templates of an item, or those of a few-shot example. */
interface Side {
  readonly question: (item: Item) => string;
  /** Empty where there is none. */
  readonly prefix: (item: Item) => string;
  readonly choices: (item: Item) => readonly string[] | undefined;
  readonly target: (item: Item) => Json;
  /** The prompts that the choices are, and the right one; undefined where `doc_to_text` gives the prompt itself. */
  readonly pickedPrompt: (item: Item) => { readonly prompts: readonly string[]; readonly right: number } | undefined;
  readonly keys: TaskKeys;
}

function compileSide(keys: TaskKeys, source: TaskSource): Side {
  const question = compileField("doc_to_text", keys.doc_to_text, source);
  const prefix =
    keys.gen_prefix === undefined ? undefined : compileField("gen_prefix", keys.gen_prefix, source, "texts");
  const choices = compileChoices(keys, source);
  const pickedPrompt: Side["pickedPrompt"] = (item) => {
    const prompts = keys.output_type === "multiple_choice" ? choices(item) : undefined;
    if (prompts === undefined) return undefined;
    const value = question.value(item);
    const right = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
    if (typeof right !== "number") return undefined;
    if (Number.isInteger(right) && right >= 0 && right < prompts.length) return { prompts, right };
    const got = shorten(JSON.stringify(value));
    const expected = `a prompt, or the index of a choice, from 0 to ${prompts.length - 1}`;
    throw evaluateErrors.bad_value({ where: item.where, key: "doc_to_text", got, expected });
  };
  return {
    question: (item) => {
      const picked = pickedPrompt(item);
      return picked === undefined ? question.text(item) : picked.prompts[picked.right]!;
    },
    prefix: (item) => prefix?.text(item) ?? "",
    choices,
    target: compileTarget(keys, source),
    pickedPrompt,
    keys,
  };
}

function expectationOf(side: Side, item: Item): Expectation {
  return toExpectation(side.target(item), { kind: side.keys.output_type, choices: side.choices(item), item });
}

/** The answer that stands in a few-shot example. */
function firstAnswer(side: Side, item: Item): string {
  if (side.pickedPrompt(item) !== undefined) return pythonText(side.target(item));
  const expected = expectationOf(side, item);
  if (expected.kind === "generate_until") return expected.references[0]!;
  if (expected.kind === "multiple_choice") return expected.choices[expected.right[0]!]!;
  return expected.kind === "loglikelihood" ? expected.target : expected.text;
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
      throw evaluateErrors.bad_choices({ where: item.where, got: shorten(JSON.stringify(value)) });
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
