/** From texts and ids in requests to the ids that the model reads. */

import type { Prompt } from "../model/language-model.ts";
import type { Tokenizer } from "../model/tokenizer.ts";
import { engineErrors } from "./errors.ts";

/** Context and continuation of a pair, as ids. */
export interface TokenPair {
  readonly context: readonly number[];
  readonly continuation: readonly number[];
  /** Whether both may be as long as the longest text that the model reads. @default as long as its context */
  readonly stretches?: boolean;
}

/** Reads requests. Texts that were met before are not tokenised again. */
export interface TokenReader {
  /**
   * @returns at least one id.
   * @throws engine/unknown_token, engine/empty_prompt and the tokenizer's
   */
  readPrompt(prompt: Prompt): readonly number[];
  /**
   * Tokenises a pair as lm-evaluation-harness does: white space at the end of the context belongs to the continuation;
   * both are encoded together, and what follows the encoding of the context alone is the continuation.
   *
   * @returns a context of at least one id; the continuation may be empty.
   * @throws engine/unknown_token, engine/empty_prompt and the tokenizer's
   */
  readPair(context: Prompt, continuation: Prompt): TokenPair;
  /**
   * Reads a whole text that is to be scored after the start token.
   *
   * @throws engine/unknown_token, engine/empty_prompt and the tokenizer's
   */
  readWhole(text: Prompt): { readonly start: number; readonly ids: readonly number[] };
}

/** What a reader is made of. */
export interface TokenReaderParts {
  /** Stands in errors. */
  readonly modelName: () => string;
  readonly vocabulary: number;
  /** Called when a text has to be read, or when BOS is needed. */
  readonly tokenizer: () => Tokenizer;
}

/** What Python's `rstrip` takes for white space and JavaScript does not, and the other way round. */
const ALSO_SPACE = new Set(["\u001c", "\u001d", "\u001e", "\u001f", "\u0085"]);
const NO_SPACE = "\ufeff";
/** Characters of the texts remembered: a search asks for the same items hundreds of times. */
const MAX_REMEMBERED = 2 ** 24;

/** Makes a reader. */
export function createTokenReader({ modelName, vocabulary, tokenizer }: TokenReaderParts): TokenReader {
  const encode = createEncoder(tokenizer);
  const check = (ids: readonly number[]): readonly number[] => {
    const unknown = ids.find((id) => !(Number.isInteger(id) && id >= 0 && id < vocabulary));
    if (unknown !== undefined) throw engineErrors.unknown_token({ model: modelName(), id: unknown, vocabulary });
    return ids;
  };
  const orStart = (ids: readonly number[]): readonly number[] => {
    if (ids.length > 0) return ids;
    const start = tokenizer().bosId ?? tokenizer().eosId;
    if (start === undefined) throw engineErrors.empty_prompt({ model: modelName() });
    return [start];
  };
  const read = (prompt: Prompt, addSpecialTokens: boolean): readonly number[] =>
    typeof prompt === "string" ? encode(prompt, addSpecialTokens && !startsAlready(prompt)) : prompt;
  // A chat template writes BOS itself; the tokenizer must not add another.
  const startsAlready = (text: string): boolean => {
    const { bosId, tokenText } = tokenizer();
    const bos = bosId === undefined ? undefined : tokenText(bosId);
    return bos !== undefined && bos !== "" && text.startsWith(bos);
  };
  return {
    readPrompt: (prompt) => check(orStart(read(prompt, true))),
    readPair(context, continuation) {
      if (typeof context !== "string" || typeof continuation !== "string" || context === "") {
        const first = context === "" ? [] : read(context, true);
        return { context: check(orStart(first)), continuation: check(read(continuation, false)) };
      }
      const alone = read(context.slice(0, endWithoutSpace(context)), true);
      const together = read(context + continuation, true);
      return { context: check(orStart(alone)), continuation: check(together.slice(alone.length)) };
    },
    readWhole: (text) => ({ start: orStart([])[0]!, ids: check(read(text, true)) }),
  };
}

function createEncoder(tokenizer: () => Tokenizer): (text: string, addSpecialTokens: boolean) => readonly number[] {
  const remembered = new Map<string, readonly number[]>();
  let characters = 0;
  return (text, addSpecialTokens) => {
    const key = `${addSpecialTokens} ${text}`;
    const found = remembered.get(key);
    if (found !== undefined) return found;
    const ids = tokenizer().encode(text, { addSpecialTokens });
    characters += key.length;
    if (characters > MAX_REMEMBERED) {
      remembered.clear();
      characters = key.length;
    }
    remembered.set(key, ids);
    return ids;
  };
}

/** @returns the length of the text without the white space at its end. */
function endWithoutSpace(text: string): number {
  let end = text.length;
  while (end > 0) {
    const last = text[end - 1]!;
    const isSpace = ALSO_SPACE.has(last) || (last !== NO_SPACE && last.trim() === "");
    if (!isSpace) break;
    end--;
  }
  return end;
}
