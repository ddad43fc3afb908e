import { z } from "zod";
import { evaluateErrors } from "../errors.ts";
import type { Place } from "../place.ts";
import { compilePythonRegex, PatternError, type PythonRegex } from "../python-regex.ts";
import { pythonStrip } from "../python-text.ts";
import { defineFilter } from "./filter.ts";

/** The harness' pattern for answers of GSM8K. */
const DEFAULT_PATTERN = "#### (\\-?[0-9\\.\\,]+)";

/**
 * Takes one match of a pattern out of each response.
 *
 * Of a match with one group the group is taken, with several groups the first that is not empty; white space around it
 * goes. Without a match, or without the match that is asked for, the fallback is taken.
 */
export const regex = defineFilter({
  name: "regex",
  title: "Takes one match of a pattern out of each response.",
  settings: z.strictObject({
    regex_pattern: z.string("a pattern").default(DEFAULT_PATTERN),
    group_select: z.int("the index of a match; -1 is the last").default(0),
    fallback: z.string("a text").default("[invalid]"),
  }),
  begin({ regex_pattern, group_select, fallback }, at) {
    const pattern = compilePattern(regex_pattern, "regex_pattern", at);
    const select = (response: string): string => {
      const match = pattern.findAll(response).at(group_select);
      const taken = typeof match === "object" ? match.find((group) => group !== "") : match;
      return taken === undefined ? fallback : pythonStrip(taken);
    };
    return (responses) => responses.map(select);
  },
});

/** Compiles a pattern of a task file. @throws evaluate/bad_regex at the place of the setting. */
export function compilePattern(pattern: string, setting: string, at: Place): PythonRegex {
  try {
    return compilePythonRegex(pattern);
  } catch (cause) {
    if (!(cause instanceof PatternError)) throw cause;
    throw evaluateErrors.bad_regex({ where: at(setting), pattern, problem: cause.message }, cause);
  }
}
