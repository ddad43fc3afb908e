/** Every filter, by its name in task files. One line each, in alphabetical order. */

import type { AnyFilter } from "./filter.ts";
import { lowercase } from "./lowercase.ts";
import { majorityVote } from "./majority-vote.ts";
import { map } from "./map.ts";
import { multiChoiceRegex } from "./multi-choice-regex.ts";
import { regex } from "./regex.ts";
import { removeWhitespace } from "./remove-whitespace.ts";
import { takeFirst } from "./take-first.ts";
import { takeFirstK } from "./take-first-k.ts";
import { uppercase } from "./uppercase.ts";

/** The filters. */
export const FILTERS: readonly AnyFilter[] = [
  lowercase,
  majorityVote,
  map,
  multiChoiceRegex,
  regex,
  removeWhitespace,
  takeFirst,
  takeFirstK,
  uppercase,
];
