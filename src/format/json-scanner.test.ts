import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expectCode } from "../../test/expect-code.ts";
import { decodeUtf8, JsonScanner } from "./json-scanner.ts";

const scan = <T>(text: string, read: (scanner: JsonScanner) => T): T => {
  const scanner = new JsonScanner(text, "x.json");
  const value = read(scanner);
  scanner.end();
  return value;
};
const skip = (text: string): void => scan(text, (scanner) => scanner.skip());

describe("JsonScanner", () => {
  it("reads objects, arrays, strings and counts", () => {
    const read: unknown[] = [];
    scan(' { "a\\u00e9\\n" : [ 1 , 20 ] , "b" : "\\"" } ', (scanner) =>
      scanner.object((key) => {
        read.push(key);
        if (key === "b") read.push(scanner.string());
        else scanner.array(() => read.push(scanner.count()));
      }),
    );
    expect(read).toEqual(["aé\n", 1, 20, "b", '"']);
  });

  it("accepts whatever JSON.stringify writes", () => {
    fc.assert(fc.property(fc.json(), (text) => skip(text)));
  });

  it("accepts what JSON.parse accepts, but for equal keys, and nothing else", () => {
    const piece = fc.constantFrom(
      "{",
      "}",
      "[",
      "]",
      ",",
      ":",
      '"a"',
      '"b"',
      "1",
      "-0.5e3",
      "01",
      "true",
      "nul",
      " ",
      "\\",
      '"',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const text = pieces.join("");
        let isJson = true;
        try {
          JSON.parse(text);
        } catch {
          isJson = false;
        }
        if (isJson) skip(text);
        else expectCode("format/bad_json", () => skip(text));
      }),
      { numRuns: 2000 },
    );
  });

  it.each(['{"a":1,"a":2}', '{"a":{"b":1,"b":1}}', '{"a":1,"\\u0061":2}'])("refuses two equal keys in %s", (text) => {
    expectCode("format/duplicate_key", () => skip(text));
  });

  it.each(["-1", "1.5", "1e3", "9007199254740992", '"1"', "", "00", "0x10", "1".repeat(500)])(
    "refuses %s as a count",
    (text) => {
      expectCode("format/bad_json", () => scan(text, (scanner) => scanner.count()));
    },
  );

  it("reads the largest count", () => expect(scan("9007199254740991", (s) => s.count())).toBe(2 ** 53 - 1));

  it.each(['"abc', '"\\ud800"', '"\\x"', '"a\nb"', "abc"])("refuses %s as a string", (text) => {
    expectCode("format/bad_json", () => scan(text, (scanner) => scanner.string()));
  });

  it("refuses a nesting that would exhaust the stack", () => {
    expectCode("format/bad_json", () => skip("[".repeat(100_000)));
  });

  it("reads a string of a million characters", () => {
    expect(scan(`"${"x".repeat(1_000_000)}"`, (scanner) => scanner.string())).toHaveLength(1_000_000);
  });

  it("says where it stopped", () => {
    const details = expectCode("format/bad_json", () => skip('{"a": ?}'));
    expect(details).toEqual({ file: "x.json", at: 6, expected: "a value", found: '"?}"' });
  });
});

describe("decodeUtf8", () => {
  it("decodes", () => expect(decodeUtf8(Uint8Array.of(0xe3, 0x81, 0x82), "x")).toBe("あ"));
  it("refuses what is not UTF-8", () => {
    expectCode("format/not_utf8", () => decodeUtf8(Uint8Array.of(0x61, 0xff), "x"));
  });
});
