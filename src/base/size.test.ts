import { describe, expect, it } from "vitest";
import { formatSize, parseSize } from "./size.ts";

describe("sizes", () => {
  it.each([
    ["512MiB", 2 ** 29],
    ["1.5GB", 1_500_000_000],
    ["90k", 90_000],
    ["1 gib", 2 ** 30],
    ["17", 17],
  ])("reads %s", (text, bytes) => expect(parseSize(text, "--memory")).toBe(bytes));

  it.each(["", "lots", "-1MB", "1TBB", "1e3", "NaN"])("refuses %j and names the option", (text) => {
    expect(() => parseSize(text, "--memory")).toThrow(
      expect.objectContaining({ code: "base/bad_size", message: expect.stringContaining("--memory") }),
    );
  });

  it.each([
    [12, "12 B"],
    [1536, "1.50 KiB"],
    [747_735_040, "713 MiB"],
    [2 ** 40 * 20, "20.0 TiB"],
  ])("writes %d bytes", (bytes, text) => expect(formatSize(bytes)).toBe(text));
});
