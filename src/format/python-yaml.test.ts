import { expect, it } from "vitest";
import { parseDocument } from "yaml";
import { pythonTags } from "./python-yaml.ts";

/** What PyYAML 6 makes of the words. */
const WORDS: readonly (readonly [string, unknown])[] = [
  ...([".", "-.", "._", "y", "n", "N", "1e3", "1.e3", "1e+3", "08", "09", "._1", ".e5", "0o17", "1.2.3"] as const).map(
    (word) => [word, word] as const,
  ),
  ...([
    ["yes", true],
    ["Off", false],
    ["True", true],
    ["~", null],
    ["1_000", 1000],
    ["017", 15],
    ["0x1f", 31],
    ["0b11", 3],
    ["-12", -12],
    ["5.", 5],
    [".5", 0.5],
    ["1.5e+3", 1500],
    ["1:30", 90],
    [".inf", Number.POSITIVE_INFINITY],
    ["2020-01-01", "2020-01-01"],
  ] as const),
];

it.each(WORDS)("reads %s as PyYAML does", (word, value) => {
  const document = parseDocument(`a: ${word}`, { version: "1.1", customTags: pythonTags });
  expect(document.toJS()).toEqual({ a: value });
});
