/**
 * Guesses how a text goes on: as it did where its last tokens stood before. Reading a few guessed tokens along takes
 * little longer than reading one, for it is the weights that take the time.
 *
 * @source Saxena 2023, "Prompt Lookup Decoding", https://github.com/apoorvumang/prompt-lookup-decoding (the idea; when to
 *   guess is our own)
 */

/** Guesses for one text. */
export interface TextLookup {
  /**
   * Guesses the next tokens.
   *
   * @param text - prompt and what was written so far.
   * @param most - tokens at most.
   * @returns none where nothing is to be found, or guesses were mostly wrong of late.
   */
  guess(text: readonly number[], most: number): readonly number[];
  /** Takes in how many tokens of the last guess, which had at least one, were right. */
  learn(guessed: number, right: number): void;
}

/** Last tokens that must have stood together before. With one, guesses are wrong too often; with three, too rare. */
const MATCHED = 2;
/** Tokens of a guess; after one that was right to the end, of the next. */
const LENGTH = { first: 3, longest: 7 } as const;
/** What a guess costs, in runs that read one token. */
const COST = 0.4;
/** What a run without a guess adds to the credit, so that guesses are tried again. */
const PATIENCE = 0.03;

/** Starts with credit for three wrong guesses. */
export function createTextLookup(): TextLookup {
  let credit = 1;
  let length: number = LENGTH.first;
  return {
    guess(text, most) {
      const guessed = credit < 0 ? [] : continueAsBefore(text, Math.min(length, most));
      if (guessed.length === 0) credit = Math.min(1, credit + PATIENCE);
      return guessed;
    },
    learn(guessed, right) {
      credit = Math.min(1, credit + right - COST);
      length = right === guessed ? LENGTH.longest : LENGTH.first;
    },
  };
}

/** Goes on from the latest place; where that leads to the text's end, what was guessed goes on. */
function continueAsBefore(text: readonly number[], length: number): readonly number[] {
  const last = text.length - 1;
  for (let end = last; end >= MATCHED; end--) {
    if (!endAlike(text, end - 1, last)) continue;
    const period = text.length - end;
    return Array.from({ length }, (_, i) => text[end + (i % period)]!);
  }
  return [];
}

function endAlike(text: readonly number[], a: number, b: number): boolean {
  for (let i = 0; i < MATCHED; i++) if (text[a - i] !== text[b - i]) return false;
  return true;
}
