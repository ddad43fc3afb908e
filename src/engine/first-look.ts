/** A cheaper first look at a model, with weights of few bits, and how far it is off. */

import type { Prompt } from "../model/language-model.ts";
import type { Model } from "../model/model.ts";
import { hasModelFile } from "../model/model-file.ts";
import { QUANTISED_BLOCK } from "./block-quantisation.ts";
import { type Engine, type EngineOptions, openEngine } from "./engine.ts";
import type { TokenLogprobs } from "./engine-request.ts";
import { exactForm, type QuantisedForm } from "./matrix-type.ts";
import { PLAIN_TEXT } from "./text-loss.ts";

/** How far the answers of rounded weights are from those of exact ones. */
export interface FirstLook {
  readonly weights: QuantisedForm;
  /** Weights that share a scale. */
  readonly block: number;
  /** Tokens whose probabilities were compared. */
  readonly tokens: number;
  /** Of natural log-probabilities, without signs. */
  readonly meanDifference: number;
  readonly largestDifference: number;
  /** Share of the places at which both call the same token most probable. */
  readonly sameBest: number;
}

/** What is compared: the ends of a few prompts. */
const TEXTS = 4;
const TEXT_TOKENS = 64;

/**
 * Opens an engine whose weights are rounded, after it has read the ends of some prompts with exact weights: as they are
 * stored if these are 16 bits, else as float32. Where no prompt has two tokens, a plain text takes their place.
 *
 * @param prompts - each in parts that follow each other.
 * @param known - what an earlier look found; nothing is compared then.
 * @returns the engine, which is the caller's to dispose of.
 * @throws those of `openEngine`, and of `Engine.readBack` for the prompts
 */
export async function openFirstLook(
  model: Model,
  options: EngineOptions & { readonly weights: QuantisedForm },
  prompts: readonly (readonly Prompt[])[],
  known?: FirstLook,
): Promise<{ readonly engine: Engine; readonly look: FirstLook }> {
  const { weights } = options;
  if (known !== undefined) return { engine: await openEngine(model, options), look: known };
  const exact = await openEngine(model, { ...options, weights: exactForm(model) });
  let texts: readonly (readonly number[])[];
  let expected: readonly TokenLogprobs[];
  try {
    texts = chooseTexts(model, exact, prompts);
    expected = await readTexts(exact, texts);
  } finally {
    await exact[Symbol.asyncDispose]();
  }
  const engine = await openEngine(model, options);
  try {
    const found = await readTexts(engine, texts);
    return { engine, look: { weights, block: QUANTISED_BLOCK, ...compareReadings(expected, found) } };
  } catch (error) {
    await engine[Symbol.asyncDispose]();
    throw error;
  }
}

function chooseTexts(
  model: Model,
  engine: Engine,
  prompts: readonly (readonly Prompt[])[],
): readonly (readonly number[])[] {
  const length = Math.min(TEXT_TOKENS, engine.contextLength);
  const chosen = new Map<string, readonly number[]>();
  for (const prompt of prompts) {
    const ids = readWhole(engine, prompt).slice(-length);
    // Choices after one question are one text.
    const [start = ""] = prompt;
    if (ids.length > 1) chosen.set(JSON.stringify(start === "" ? ids : start), ids);
    if (chosen.size === TEXTS) break;
  }
  if (chosen.size > 0) return [...chosen.values()];
  const plain = hasModelFile(model, "tokenizer.json") ? PLAIN_TEXT : Array.from({ length }, (_, i) => i % 16);
  return [engine.readPrompt(plain).ids.slice(-length)];
}

/** Texts are tokenised together; ids stay as they are. */
function readWhole(engine: Engine, parts: readonly Prompt[]): readonly number[] {
  if (parts.every((part) => typeof part === "string")) return engine.readPrompt(parts.join("")).ids;
  return parts.flatMap((part) => (part === "" ? [] : engine.readPrompt(part).ids));
}

async function readTexts(engine: Engine, texts: readonly (readonly number[])[]): Promise<readonly TokenLogprobs[]> {
  return (await engine.readBack(texts, 1)).flat();
}

function compareReadings(
  expected: readonly TokenLogprobs[],
  found: readonly TokenLogprobs[],
): Omit<FirstLook, "weights" | "block"> {
  const tokens = expected.length;
  const differences = expected.map(({ logprob }, i) => Math.abs(found[i]!.logprob - logprob));
  return {
    tokens,
    meanDifference: differences.reduce((sum, difference) => sum + difference, 0) / tokens,
    largestDifference: Math.max(...differences),
    sameBest: expected.filter(({ top }, i) => found[i]!.top[0]!.id === top[0]!.id).length / tokens,
  };
}
