import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseParquet } from "./parquet.ts";

const folder = join(import.meta.dirname, "../../test/golden/data/tables");
const bytesOf = (name: string): Uint8Array => readFileSync(join(folder, `${name}.parquet`));
const rows: unknown = JSON.parse(readFileSync(join(folder, "rows.json"), "utf8"));

describe("parseParquet", () => {
  it.each(["plain", "snappy", "zstd", "gzip"])("reads what pyarrow wrote, %s", (name) => {
    expect(parseParquet(bytesOf(name), "t.parquet")).toEqual(rows);
  });

  it("refuses anything else: format/bad_parquet", () => {
    const whole = bytesOf("snappy");
    const cut = whole.slice(0, -20);
    const hollow = Uint8Array.from(whole);
    hollow.fill(0xff, 4, 900);
    for (const bytes of [new Uint8Array(), new TextEncoder().encode('{"q": 1}\n'), cut, hollow])
      expect(() => parseParquet(bytes, "t.parquet")).toThrow(expect.objectContaining({ code: "format/bad_parquet" }));
  });
});
