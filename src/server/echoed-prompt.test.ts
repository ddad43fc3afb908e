import { expect, it } from "vitest";
import { placeTokens } from "./echoed-prompt.ts";

it.each([
  ["that are spelled as they stand", ["Two", " and", " two"], "Two and two", [0, 3, 7]],
  ["that lose their space", ["Two", "and", "two"], "Two and two", [0, 3, 7]],
  ["that the text does not show", ["<s>", "Two", "<x>", "and"], "Two and", [0, 0, 3, 3]],
  ["that are part of a character", ["a", "\uFFFD", "\uFFFD", "\uFFFD", "b"], "a\u{1F600}b", [0, 1, 1, 1, 2]],
  ["behind characters of two units", ["\u{1F600}", "b"], "\u{1F600}b", [0, 1]],
  ["behind the text's end", ["a", "</s>"], "a", [0, 1]],
])("finds tokens %s", (_, tokens, text, places) => {
  expect(placeTokens(tokens, text)).toEqual(places);
});
