import { describe, expect, it } from "vitest";
import { expectCode } from "../../test/expect-code.ts";
import { createMemorySource } from "./byte-source.ts";
import { findZipData, readZipDirectory } from "./zip-directory.ts";

interface Entry {
  readonly name: string;
  readonly data: string;
  readonly method?: number;
  /** Whether its sizes and place stand in the extra field, as in archives of more than 4 GiB. */
  readonly isWide?: boolean;
}

const le = (value: number, bytes: number): number[] =>
  Array.from({ length: bytes }, (_, i) => Math.floor(value / 256 ** i) % 256);
const ascii = (text: string): number[] => [...text].map((sign) => sign.charCodeAt(0));

/** Builds an archive by the letter of the format. */
function zip(entries: readonly Entry[], { is64 = false, comment = "" } = {}): Uint8Array {
  const out: number[] = [];
  const directory: number[] = [];
  for (const { name, data, method = 0, isWide = false } of entries) {
    const at = out.length;
    const fixed = [...le(20, 2), ...le(0, 2), ...le(method, 2), ...le(0, 8)];
    const sizes = isWide ? le(0xffffffff, 4).concat(le(0xffffffff, 4)) : le(data.length, 4).concat(le(data.length, 4));
    const extra = isWide
      ? [
          ...le(99, 2),
          ...le(1, 2),
          7,
          ...le(1, 2),
          ...le(24, 2),
          ...le(data.length, 8),
          ...le(data.length, 8),
          ...le(at, 8),
        ]
      : [];
    out.push(...le(0x04034b50, 4), ...fixed, ...sizes, ...le(name.length, 2), ...le(3, 2), ...ascii(name), 0, 0, 0);
    out.push(...ascii(data));
    directory.push(
      ...le(0x02014b50, 4),
      ...le(20, 2),
      ...fixed,
      ...sizes,
      ...le(name.length, 2),
      ...le(extra.length, 2),
    );
    directory.push(...le(1, 2), ...le(0, 8), ...le(isWide ? 0xffffffff : at, 4), ...ascii(name), ...extra, 0x2a);
  }
  const begin = out.length;
  out.push(...directory);
  if (is64) {
    const record = out.length;
    out.push(...le(0x06064b50, 4), ...le(44, 8), ...le(0, 12), ...le(entries.length, 8), ...le(entries.length, 8));
    out.push(
      ...le(directory.length, 8),
      ...le(begin, 8),
      ...le(0x07064b50, 4),
      ...le(0, 4),
      ...le(record, 8),
      ...le(1, 4),
    );
  }
  const counts = is64 ? le(0xffff, 2).concat(le(0xffff, 2)) : le(entries.length, 2).concat(le(entries.length, 2));
  out.push(...le(0x06054b50, 4), ...le(0, 4), ...counts, ...le(directory.length, 4));
  out.push(...le(is64 ? 0xffffffff : begin, 4), ...le(comment.length, 2), ...ascii(comment));
  return Uint8Array.from(out);
}

function contentOf(bytes: Uint8Array): Record<string, string> {
  const source = createMemorySource(bytes);
  const files = readZipDirectory(source, "x.zip");
  return Object.fromEntries(
    [...files].map(([name, entry]) => {
      const at = findZipData(source, entry, "x.zip");
      return [name, String.fromCharCode(...bytes.subarray(at, at + entry.sizeBytes))];
    }),
  );
}

const ENTRIES = [
  { name: "a/data.pkl", data: "hello" },
  { name: "a/data/0", data: "" },
  { name: "a/data/1", data: "xyz" },
];
const CONTENT = { "a/data.pkl": "hello", "a/data/0": "", "a/data/1": "xyz" };

describe("readZipDirectory", () => {
  it("finds every file, with a comment or without", () => {
    expect(contentOf(zip(ENTRIES))).toEqual(CONTENT);
    expect(contentOf(zip(ENTRIES, { comment: "a note" }))).toEqual(CONTENT);
    expect(contentOf(zip([]))).toEqual({});
  });

  it("reads the records of large archives", () => {
    expect(contentOf(zip(ENTRIES, { is64: true }))).toEqual(CONTENT);
    expect(contentOf(zip(ENTRIES.map((entry) => ({ ...entry, isWide: true }))))).toEqual(CONTENT);
  });

  it("refuses compressed files, when they are asked for", () => {
    const bytes = zip([{ name: "a", data: "x", method: 8 }]);
    const files = readZipDirectory(createMemorySource(bytes), "x.zip");
    expectCode("format/zip_compressed", () => findZipData(createMemorySource(bytes), files.get("a")!, "x.zip"));
  });

  it.each([
    ["a file that was cut off", zip(ENTRIES).slice(0, -30)],
    ["two files of one name", zip([ENTRIES[0]!, ENTRIES[0]!])],
    ["nothing", new Uint8Array(0)],
  ])("refuses %s", (_what, bytes) => {
    expectCode("format/zip_damaged", () => contentOf(bytes));
  });

  it("refuses any change of a byte, or reads it, and never does anything else", () => {
    const whole = zip(ENTRIES, { is64: true });
    for (let at = 0; at < whole.length; at++) {
      const bytes = Uint8Array.from(whole);
      bytes[at] = 0xff - bytes[at]!;
      try {
        contentOf(bytes);
      } catch (error) {
        expect(String((error as { code?: string }).code)).toMatch(/^format\/(?:zip_|truncated)/);
      }
    }
  });
});
