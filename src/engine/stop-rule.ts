import type { Tokenizer } from "../model/tokenizer.ts";

/** Decides when a text is finished, and what it says. */
export interface StopRule {
  /**
   * Looks at the newest token.
   *
   * @param written - all new ids so far.
   * @param until - stop strings; empty ones are ignored.
   * @param options - `ignoreEos`: end-of-sequence ids are like others. @default false
   * @returns undefined while neither an end-of-sequence id nor a stop string has appeared.
   */
  reason(
    written: readonly number[],
    until: readonly string[],
    options?: { readonly ignoreEos?: boolean },
  ): "eos" | "until" | undefined;
  /** Decodes new ids without special tokens, up to the first stop string. */
  text(written: readonly number[], until: readonly string[]): string;
}

/** Tokens before the stop string that are decoded with it, so that a decoder that trims the start trims no part of it. */
const MARGIN = 2;
const utf8 = new TextEncoder();

/**
 * Makes a rule.
 *
 * @param tokenizer - called when text is needed; undefined if there is none: then all text is empty, and stop strings
 * never appear.
 * @param findEosIds - called once, when the first token is looked at.
 */
export function createStopRule(
  tokenizer: (() => Tokenizer) | undefined,
  findEosIds: () => ReadonlySet<number>,
): StopRule {
  let eosIds: ReadonlySet<number> | undefined;
  const isEos = (id: number): boolean => {
    eosIds ??= findEosIds();
    return eosIds.has(id);
  };
  const decode = (ids: readonly number[]): string =>
    ids.length === 0 || tokenizer === undefined ? "" : tokenizer().decode(ids, { skipSpecialTokens: true });
  const visible = new Map<number, boolean>();
  const isVisible = (id: number): boolean => {
    const known = visible.get(id) ?? decode([id]) !== "";
    visible.set(id, known);
    return known;
  };
  /** The last ids, as many as a stop string of so many bytes can span: a visible token holds at least one byte. */
  const tailOf = (written: readonly number[], bytes: number): readonly number[] => {
    let wanted = bytes + MARGIN;
    let start = written.length;
    while (start > 0 && wanted > 0) if (isVisible(written[--start]!)) wanted--;
    return written.slice(start);
  };
  return {
    reason(written, until, { ignoreEos = false } = {}) {
      if (!ignoreEos && isEos(written.at(-1)!)) return "eos";
      const longest = until.reduce((length, stop) => Math.max(length, utf8.encode(stop).length), 0);
      if (longest === 0) return undefined;
      if (firstStop(decode(tailOf(written, longest)), until) === undefined) return undefined;
      return firstStop(decode(written), until) === undefined ? undefined : "until";
    },
    text(written, until) {
      const last = written.at(-1);
      const text = decode(last !== undefined && isEos(last) ? written.slice(0, -1) : written);
      return text.slice(0, firstStop(text, until));
    },
  };
}

/** @returns where the first of the stop strings begins. */
function firstStop(text: string, until: readonly string[]): number | undefined {
  const places = until.filter((stop) => stop !== "").map((stop) => text.indexOf(stop));
  const found = places.filter((place) => place >= 0);
  return found.length === 0 ? undefined : Math.min(...found);
}
