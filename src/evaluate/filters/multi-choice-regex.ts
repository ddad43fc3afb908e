import { z } from "zod";
import type { Json } from "../../base/canonical-json.ts";
import { evaluateErrors } from "../errors.ts";
import type { Item } from "../item.ts";
import { pythonStrip, pythonText } from "../python-text.ts";
import { defineFilter } from "./filter.ts";
import { compilePattern } from "./regex.ts";

const flag = z.boolean("true or false").default(false);

/**
 * Finds which lettered choice a response names: by a pattern; else by the text of a choice of the item's field
 * `choices`; else by a letter behind a colon. Gives "(A)", "(B)", … where one of the latter two finds it.
 */
export const multiChoiceRegex = defineFilter({
  name: "multi_choice_regex",
  title: "Finds which lettered choice a response names.",
  settings: z.strictObject({
    regex_pattern: z.string("a pattern").default("#### (\\-?[0-9\\.\\,]+)"),
    group_select: z.int("the index of a match; -1 is the last").default(0),
    fallback: z.string("a text").default("[invalid]"),
    ignore_case: flag,
    ignore_punctuation: flag,
    regexes_to_ignore: z.array(z.string(), "a list of patterns").default([]),
  }),
  begin(settings, at) {
    const { group_select, fallback } = settings;
    const pattern = compilePattern(settings.regex_pattern, "regex_pattern", at);
    const ignored = settings.regexes_to_ignore.map((each) => compilePattern(each, "regexes_to_ignore", at));
    const simplify = (text: string): string => {
      let kept = ignored.reduce((rest, each) => each.remove(rest), text);
      if (settings.ignore_case) kept = kept.toLowerCase();
      return settings.ignore_punctuation ? kept.replace(/\p{P}/gu, "") : kept;
    };
    const pick = (matches: readonly string[]): string => pythonStrip(matches.at(group_select) ?? "");
    return (responses, item) => {
      const choices = choicesOf(item).map((choice) => simplify(pythonStrip(choice)));
      return responses.map((response) => {
        const direct = pattern.findAll(response).at(group_select);
        const found = typeof direct === "object" ? (direct.find((group) => group !== "") ?? "") : (direct ?? "");
        if (pythonStrip(found) !== "") return pythonStrip(found);
        const named = pick(findTexts(simplify(response), choices));
        if (named !== "") return choices.includes(named) ? letter(choices.lastIndexOf(named)) : named;
        const lettered = pick(findLetters(response, choices.length));
        return lettered === "" ? fallback : letter(lettered.charCodeAt(0) - FIRST);
      });
    };
  },
});

const FIRST = "A".charCodeAt(0);

function letter(index: number): string {
  return `(${String.fromCharCode(FIRST + index)})`;
}

function choicesOf(item: Item): readonly string[] {
  const choices = item.fields["choices"];
  if (Array.isArray(choices)) return choices.map((choice: Json) => pythonText(choice));
  const known = Object.keys(item.fields);
  throw evaluateErrors.missing_field({
    where: item.where,
    key: "multi_choice_regex",
    field: "choices",
    known,
    nearest: undefined,
  });
}

/** Every place, from left to right, where a choice stands; the longest of several. */
function findTexts(text: string, choices: readonly string[]): readonly string[] {
  const longestFirst = choices.toSorted((a, b) => b.length - a.length);
  const found: string[] = [];
  for (let at = 0; at <= text.length; ) {
    const here = longestFirst.find((choice) => text.startsWith(choice, at));
    if (here !== undefined) found.push(here);
    at += Math.max(1, here?.length ?? 0);
  }
  return found;
}

function findLetters(text: string, count: number): readonly string[] {
  const last = String.fromCharCode(FIRST + count - 1);
  return Array.from(text.matchAll(new RegExp(`:\\s*([A-${last}])`, "g")), ([, found]) => found!);
}
