import { modelErrors } from "../errors.ts";

/** Module names have some fifty letters; with `.*` at most this often, matching stays quick whatever the name. */
const MAX_WILDCARDS = 3;

/**
 * Looks up what is set for a module: the first pattern that is the module's name or the end of it after a dot.
 *
 * PEFT takes patterns for regular expressions. Names, with `.*`, `\d+`, `\.`, `^` and `$` in them, are understood here, and
 * others refused: an expression of anybody's could take for ever.
 *
 * @throws model/adapter_setting for a pattern of another form
 */
export function findByModulePattern(
  patterns: ReadonlyMap<string, number>,
  module: string,
  file: string,
): number | undefined {
  for (const [pattern, value] of patterns) {
    if (toExpression(pattern, file).test(module)) return value;
  }
  return undefined;
}

function toExpression(pattern: string, file: string): RegExp {
  const pieces =
    pattern
      .replace(/^\^/, "")
      .replace(/\$$/, "")
      .match(/\.\*|\\d\+|\\\.|[\s\S]/g) ?? [];
  const wildcards = pieces.filter((piece) => piece === ".*" || piece === "\\d+").length;
  const isKnown = pieces.every((piece) => /^(?:\.\*|\\d\+|\\\.|[\w.-])$/.test(piece)) && pieces.length > 0;
  if (!isKnown || wildcards > MAX_WILDCARDS) {
    const why = "names of modules with at most three wildcards (.* or \\d+) are supported";
    throw modelErrors.adapter_setting({ file, key: "rank_pattern or alpha_pattern", value: pattern, why });
  }
  return new RegExp(`^${pattern.startsWith("^") ? "" : "(?:.*\\.)?"}${pieces.join("")}$`);
}
