import { expect, it } from "vitest";
import { expectCode } from "../../test/expect-code.ts";
import { parseJsonl } from "./jsonl.ts";

it("reads one value a line, passing over empty lines, carriage returns and a byte-order mark", () => {
  expect(parseJsonl('\uFEFF{"a":1}\r\n\r\n  \n[2]\n"あ"', "x.jsonl")).toEqual([
    { line: 1, value: { a: 1 } },
    { line: 4, value: [2] },
    { line: 5, value: "あ" },
  ]);
});

it("reads nothing from an empty text", () => expect(parseJsonl("", "x.jsonl")).toEqual([]));

it("names the file and the line that is not JSON", () => {
  const details = expectCode("format/bad_line", () => parseJsonl('{"a":1}\n{"a":\n', "x.jsonl"));
  expect(details).toEqual({ file: "x.jsonl", line: 2, found: '{"a":' });
});

it("cuts a long line in the message", () => {
  const details = expectCode("format/bad_line", () => parseJsonl("x".repeat(1000), "x.jsonl"));
  expect(String(details["found"]).length).toBeLessThan(70);
});
