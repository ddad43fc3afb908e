import { Command } from "commander";
import { describe, expect, it } from "vitest";
import { addMergekitOptions, mergekitNotes, withThreads } from "./mergekit-options.ts";
import { shardSize } from "./options.ts";

function parse(...words: string[]): Command {
  return addMergekitOptions(new Command()).parse(words, { from: "user" });
}

describe("addMergekitOptions", () => {
  it("takes what tutorials paste after mergekit-yaml, and says what each word does not do", () => {
    const command = parse("--copy-tokenizer", "--lazy-unpickle", "--cuda", "--lora-merge-cache", "/tmp/x", "-v");
    expect(mergekitNotes(command).map((note) => note.split(" has no effect")[0])).toEqual([
      "--copy-tokenizer",
      "--lazy-unpickle",
      "--cuda",
      "--lora-merge-cache",
      "-v",
    ]);
    expect(command.helpInformation()).not.toContain("--cuda");
  });

  it("reads -j as threads, which --threads overrules", () => {
    const { numThreads } = parse("-j", "3").opts<{ numThreads: number }>();
    expect(withThreads({ numThreads })).toMatchObject({ threads: 3 });
    expect(withThreads({ numThreads, threads: 1 })).toMatchObject({ threads: 1 });
    expect(() => parse("-j", "none")).toThrow(/--num-threads: "none"/);
  });
});

describe("shardSize", () => {
  it.each([
    ["1B", 1e9],
    ["5b", 5e9],
    ["500M", 5e8],
    ["1.5GB", 1.5e9],
    ["2GiB", 2 ** 31],
    ["4096", 4096],
  ])("reads %s as mergekit does, and units of bytes", (text, sizeBytes) => {
    expect(shardSize("--out-shard-size")(text)).toBe(sizeBytes);
  });
});
