/** Answers of rounded weights, and what commands say of their error. */

import type { Json } from "../base/canonical-json.ts";
import type { Engine, EngineOptions } from "../engine/engine.ts";
import { type FirstLook, openFirstLook } from "../engine/first-look.ts";
import type { QuantisedForm } from "../engine/matrix-type.ts";
import type { KnownAnswers } from "../evaluate/remembering-model.ts";
import type { LanguageModel, Prompt } from "../model/language-model.ts";
import type { Model } from "../model/model.ts";

/** Where is kept how far off a model's answers are. */
export interface LookMemory {
  read(): FirstLook | undefined;
  write(look: FirstLook): void;
}

/** Keeps it for one command. */
export function createLookMemory(): LookMemory {
  let kept: FirstLook | undefined;
  return {
    read: () => kept,
    write: (look) => {
      kept = look;
    },
  };
}

/** Stands among the requests. */
const LOOK = "first look";

/** Keeps it beside a model's answers, from which it cannot be told otherwise when they are remembered. */
export function createStoredLook(identity: string, answers: KnownAnswers): LookMemory {
  const own = createLookMemory();
  return {
    read: () => own.read() ?? (answers.read(identity, [LOOK]).get(LOOK) as FirstLook | undefined),
    write(look) {
      own.write(look);
      answers.write(identity, new Map([[LOOK, { ...look }]]));
    },
  };
}

/**
 * Returns a model with rounded weights. It is opened with the first call, whose prompts tell how far off it is, unless that
 * is known. The model must stay open until then.
 */
export function createFirstLookModel(
  model: Model,
  options: EngineOptions & { readonly weights: QuantisedForm },
  memory: LookMemory,
): LanguageModel {
  let opening: Promise<Engine> | undefined;
  const open = async (prompts: readonly (readonly Prompt[])[]): Promise<Engine> => {
    const { engine, look } = await openFirstLook(model, options, prompts, memory.read());
    memory.write(look);
    return engine;
  };
  return {
    async generate(requests, signal) {
      opening ??= open(requests.map(({ prompt }) => [prompt]));
      return (await opening).generate(requests, signal);
    },
    async score(requests, signal) {
      opening ??= open(requests.map(({ context, continuation, rolling }) => [rolling ? "" : context, continuation]));
      return (await opening).score(requests, signal);
    },
    [Symbol.asyncDispose]: async () => {
      const engine = await opening?.catch(() => undefined);
      await engine?.[Symbol.asyncDispose]();
    },
  };
}

/** Returns a look as JSON, under the key that all commands use; nothing for exact weights. */
export function lookToJson(look: FirstLook | undefined): { readonly first_look?: Json } {
  if (look === undefined) return {};
  const { weights, block, tokens, meanDifference, largestDifference, sameBest } = look;
  return {
    first_look: {
      weights,
      block,
      tokens,
      mean_logprob_difference: meanDifference,
      largest_logprob_difference: largestDifference,
      same_best_token: sameBest,
    },
  };
}

/** Says in one line that answers are a first look, and how good it is. */
export function describeLook({ weights, tokens, meanDifference, largestDifference, sameBest }: FirstLook): string {
  const off = `${meanDifference.toFixed(4)} on average and ${largestDifference.toFixed(4)} at most`;
  return `a first look with ${weights} weights: of ${tokens} tokens of the first prompts, log-probabilities are off by ${off}, and ${(100 * sameBest).toFixed(1)} % of the most probable tokens are those of exact weights`;
}
