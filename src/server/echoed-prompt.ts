/** Answers that repeat their prompts, with how probable each token of them was. */

import type { EngineGeneration, TokenLogprobs } from "../engine/engine-request.ts";

/** Spells a token. */
export type SpellToken = (id: number) => string;

/** A prompt as the model reads it. */
export interface EchoedPrompt {
  readonly ids: readonly number[];
  readonly text: string;
  /** Of each token but the first; undefined where none were asked for. */
  readonly logprobs: readonly TokenLogprobs[] | undefined;
}

/** A text's tokens in the lists that completions have. */
export interface PlainLogprobs {
  readonly tokens: readonly string[];
  /** The first token of all has nothing that it could be predicted from. */
  readonly token_logprobs: readonly (number | null)[];
  readonly top_logprobs: readonly (Readonly<Record<string, number>> | null)[];
  /** Where each token begins in the text, in characters. */
  readonly text_offset: readonly number[];
}

/** Puts a prompt before what was written after it. */
export function echoText(prompt: EchoedPrompt, written: EngineGeneration): string {
  return prompt.text + written.text;
}

/** Puts what is known of a prompt's tokens before that of the new ones. */
export function echoLogprobs(
  prompt: EchoedPrompt,
  written: EngineGeneration,
  spell: SpellToken,
): PlainLogprobs | undefined {
  if (prompt.logprobs === undefined) return undefined;
  const known = [...prompt.logprobs, ...(written.logprobs ?? [])];
  const ids = [...prompt.ids, ...(written.logprobs ?? []).map(({ id }) => id)];
  const tokens = ids.map(spell);
  return {
    tokens,
    token_logprobs: [null, ...known.map(({ logprob }) => logprob)],
    top_logprobs: [
      null,
      ...known.map(({ top }) => Object.fromEntries(top.map(({ id, logprob }) => [spell(id), logprob]))),
    ],
    text_offset: placeTokens(tokens, echoText(prompt, written)),
  };
}

/** A token of a text that no shown token has followed yet may stand for so many UTF-16 units of it. */
const MOST_UNITS = 2;

/**
 * Finds where tokens begin in a text, in Unicode characters. A token that the text does not show, such as one that begins
 * it, begins where the next one does; those that are part of a character begin where it does.
 */
export function placeTokens(tokens: readonly string[], text: string): readonly number[] {
  let at = 0;
  let characters = 0;
  let unseen = 0;
  const moveTo = (place: number): void => {
    characters += [...text.slice(at, place)].length;
    at = place;
  };
  return tokens.map((token) => {
    // Spelled alone, some tokens lose the space that they begin with.
    const forms = token === "" || token.includes("\uFFFD") ? [] : [` ${token}`, token];
    const shown = forms.find((form) => text.startsWith(form, at));
    const later =
      unseen === 0 || shown !== undefined
        ? -1
        : (forms.map((form) => text.indexOf(form, at)).find((place) => place >= 0) ?? -1);
    const isLater = later >= 0 && later - at <= MOST_UNITS * unseen;
    if (isLater) moveTo(later);
    const begin = characters;
    const form = shown ?? (isLater ? forms.find((each) => text.startsWith(each, at)) : undefined);
    unseen = form === undefined ? unseen + 1 : 0;
    if (form !== undefined) moveTo(at + form.length);
    return begin;
  });
}
