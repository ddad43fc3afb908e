import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openRunStore } from "./run-store.ts";

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "merganser-store-"));
  path = join(folder, "run.sqlite");
});

afterEach(() => rmSync(folder, { recursive: true }));

const coded = (code: string, details: object = {}) =>
  expect.objectContaining({ code: `store/${code}`, details: expect.objectContaining(details) });
const row = (item: string, result: number) => ({ candidate: "c1", task: "sums", item, result });

/** Another process that opens the store, appends numbered events, says so, and waits to be killed. */
async function startWriter(events: number): Promise<{ readonly pid: number; readonly kill: () => Promise<void> }> {
  const script = `
    import { openRunStore } from ${JSON.stringify(join(import.meta.dirname, "run-store.ts"))};
    const store = openRunStore(${JSON.stringify(path)});
    for (let i = 0; i < ${events}; i++) store.appendEvent("tick", i, [{ candidate: "c", task: "t", item: String(i), result: i }]);
    console.log("ready");
    setInterval(() => store.appendEvent("late", 0), 1);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  const kill = async () => {
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  };
  return { pid: child.pid!, kill };
}

describe("a run store", () => {
  it("gives events back in order, with their numbers", () => {
    using store = openRunStore(path);
    expect(store.appendEvent("started", { seed: 1, name: "漢字" })).toBe(1);
    expect(store.appendEvent("asked", [1, null, true, "x"])).toBe(2);
    expect(store.events()).toEqual([
      { seq: 1, kind: "started", payload: { seed: 1, name: "漢字" } },
      { seq: 2, kind: "asked", payload: [1, null, true, "x"] },
    ]);
  });

  it("gives results back by candidate and task", () => {
    using store = openRunStore(path);
    store.appendEvent("evaluated", {}, [row("a", 1), row("b", 0), { ...row("a", 7), task: "other" }]);
    expect(store.results("c1", "sums")).toEqual(
      new Map([
        ["a", 1],
        ["b", 0],
      ]),
    );
    expect(store.results("c2", "sums").size).toBe(0);
  });

  it("keeps a result as it was first stored", () => {
    using store = openRunStore(path);
    store.appendEvent("evaluated", {}, [row("a", 1)]);
    store.appendEvent("evaluated", {}, [row("a", 0), row("b", 0)]);
    expect([...store.results("c1", "sums")]).toEqual([
      ["a", 1],
      ["b", 0],
    ]);
  });

  it("gives an earlier event another payload together with a new event, or neither", () => {
    using store = openRunStore(path);
    const seq = store.appendEvent("told", { state: [1, 2] });
    store.appendEvent("told", { state: [3] }, [], { seq, payload: { state: null } });
    expect(() => store.appendEvent("told", { state: Number.NaN }, [], { seq: 2, payload: {} })).toThrow(
      coded("not_json"),
    );
    expect(store.events().map(({ payload }) => payload)).toEqual([{ state: null }, { state: [3] }]);
  });

  it("is the same after it was closed and opened again", () => {
    {
      using store = openRunStore(path);
      store.appendEvent("started", 0.1 + 0.2, [row("a", 1 / 3)]);
    }
    using store = openRunStore(path);
    expect(store.events()).toEqual([{ seq: 1, kind: "started", payload: 0.1 + 0.2 }]);
    expect(store.results("c1", "sums").get("a")).toBe(1 / 3);
    expect(store.appendEvent("asked", null)).toBe(2);
  });

  it("stores nothing of an event whose payload or results JSON cannot hold", () => {
    using store = openRunStore(path);
    expect(() => store.appendEvent("told", { value: Number.NaN })).toThrow(coded("not_json", { got: "NaN" }));
    expect(() => store.appendEvent("told", {}, [row("a", 1), row("b", Number.POSITIVE_INFINITY)])).toThrow(
      coded("not_json"),
    );
    expect(store.events()).toEqual([]);
    expect(store.results("c1", "sums").size).toBe(0);
  });

  it("says so when it can no longer be written", () => {
    using store = openRunStore(path);
    const other = new DatabaseSync(path);
    other.exec("DROP TABLE results");
    other.close();
    expect(() => store.appendEvent("evaluated", {}, [row("a", 1)])).toThrow(coded("cannot_write", { path }));
    expect(store.events()).toEqual([]);
  });
});

describe("a second opener", () => {
  it("is refused, with the number of the process that has it", () => {
    using _store = openRunStore(path);
    expect(() => openRunStore(path)).toThrow(coded("in_use", { pid: process.pid }));
  });

  it("is refused while another process writes, and welcome once that was killed; all events are there", async () => {
    const writer = await startWriter(50);
    expect(() => openRunStore(path)).toThrow(coded("in_use", { pid: writer.pid }));
    await writer.kill();
    using store = openRunStore(path);
    expect(
      store
        .events()
        .slice(0, 50)
        .map(({ payload }) => payload),
    ).toEqual(Array.from({ length: 50 }, (_, i) => i));
    expect(store.results("c", "t").size).toBe(50);
  });

  it("is welcome after a proper close", () => {
    openRunStore(path)[Symbol.dispose]();
    using store = openRunStore(path);
    expect(store.events()).toEqual([]);
  });
});

describe("a file that is not a run", () => {
  it("of another kind is refused and left as it was", () => {
    writeFileSync(path, "dear diary, ".repeat(1000));
    expect(() => openRunStore(path)).toThrow(coded("foreign"));
    expect(readdirSync(folder)).toEqual(["run.sqlite"]);
  });

  it("but a database of another program is refused and left as it was", () => {
    const other = new DatabaseSync(path);
    other.exec("CREATE TABLE events (id INTEGER)");
    other.close();
    expect(() => openRunStore(path)).toThrow(coded("foreign"));
    expect(readdirSync(folder)).toEqual(["run.sqlite"]);
    const again = new DatabaseSync(path);
    expect(again.prepare("SELECT name FROM sqlite_schema").all()).toEqual([{ name: "events" }]);
    again.close();
  });

  it("but a run of a newer version is refused", () => {
    openRunStore(path)[Symbol.dispose]();
    const newer = new DatabaseSync(path);
    newer.exec("PRAGMA user_version = 99");
    newer.close();
    expect(() => openRunStore(path)).toThrow(coded("newer_version", { found: 99, supported: 1 }));
  });

  it("but a damaged run is refused", () => {
    {
      using store = openRunStore(path);
      for (let i = 0; i < 200; i++) store.appendEvent("tick", "x".repeat(500));
    }
    truncateSync(path, 20_000);
    expect(() => openRunStore(path)).toThrow(coded("corrupt"));
  });

  it("but the empty file of a run that was killed while being created is taken", () => {
    writeFileSync(path, "");
    using store = openRunStore(path);
    expect(store.appendEvent("started", {})).toBe(1);
  });

  it("in a folder that does not exist is refused", () => {
    const missing = join(folder, "missing", "run.sqlite");
    expect(() => openRunStore(missing)).toThrow(coded("cannot_open", { path: missing }));
  });
});
