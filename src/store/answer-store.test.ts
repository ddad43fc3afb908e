import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it, onTestFinished } from "vitest";
import { openAnswerStore } from "./answer-store.ts";
import { openRunStore } from "./run-store.ts";

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "merganser-answers-"));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

describe("openAnswerStore", () => {
  it("keeps answers for the next opener, by model and request; the first stays", () => {
    const path = join(folder(), "answers.db");
    {
      using store = openAnswerStore(path);
      expect(store.read("a", ["x", "y"])).toEqual(new Map());
      store.write("a", new Map([["x", { logprob: -1 }]]));
      store.write(
        "a",
        new Map<string, number>([
          ["x", 2],
          ["y", 3],
        ]),
      );
    }
    using store = openAnswerStore(path);
    expect(store.read("a", ["x", "y", "z"])).toEqual(
      new Map<string, unknown>([
        ["x", { logprob: -1 }],
        ["y", 3],
      ]),
    );
    expect(store.read("b", ["x"])).toEqual(new Map());
  });

  it("serves two openers at a time", () => {
    const path = join(folder(), "answers.db");
    using first = openAnswerStore(path);
    using second = openAnswerStore(path);
    first.write("a", new Map([["x", 1]]));
    second.write("a", new Map([["y", 2]]));
    expect(first.read("a", ["x", "y"])).toEqual(second.read("a", ["x", "y"]));
  });

  it("refuses what is not its own: store/foreign, store/newer_version, store/cannot_open", () => {
    const text = join(folder(), "text.db");
    writeFileSync(text, "hello ".repeat(1000));
    expect(() => openAnswerStore(text)).toThrow(expect.objectContaining({ code: "store/foreign" }));
    const run = join(folder(), "run.db");
    openRunStore(run)[Symbol.dispose]();
    expect(() => openAnswerStore(run)).toThrow(expect.objectContaining({ code: "store/foreign" }));
    const newer = join(folder(), "newer.db");
    openAnswerStore(newer)[Symbol.dispose]();
    const database = new DatabaseSync(newer);
    database.exec("PRAGMA user_version = 9");
    database.close();
    expect(() => openAnswerStore(newer)).toThrow(expect.objectContaining({ code: "store/newer_version" }));
    const missing = join(folder(), "no", "such.db");
    expect(() => openAnswerStore(missing)).toThrow(expect.objectContaining({ code: "store/cannot_open" }));
  });
});
