import { rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import type { Json } from "../base/canonical-json.ts";
import { CodedError } from "../base/errors.ts";
import { storeBugs } from "./errors.ts";
import { type RunLock, takeRunLock } from "./run-lock.ts";
import { prepareDatabase } from "./schema.ts";
import { toStoreError } from "./sqlite-fault.ts";

/** One entry of a run's log. */
export interface StoredEvent {
  /** Counts up from 1 without gaps. */
  readonly seq: number;
  readonly kind: string;
  readonly payload: Json;
}

/** How a candidate did on one item of one task. */
export interface ResultRow {
  /** Identifies the recipe: the hash of its text. */
  readonly candidate: string;
  readonly task: string;
  readonly item: string;
  readonly result: Json;
}

/** What a run remembers. One process writes it at a time; what was appended survives the process's death. */
export interface RunStore {
  readonly path: string;
  /**
   * Adds an event to the log, and results with it: all of it is stored, or nothing.
   *
   * A result that is already there is kept as it was first stored.
   *
   * @param replaced - an earlier event that gets another payload in the same transaction; its old pages are used again.
   * @returns the event's `seq`.
   * @throws store/cannot_write, store/not_json
   */
  appendEvent(
    kind: string,
    payload: Json,
    results?: readonly ResultRow[],
    replaced?: Pick<StoredEvent, "seq" | "payload">,
  ): number;
  /** The whole log, oldest first. */
  events(): readonly StoredEvent[];
  /** By item; empty when nothing is stored. */
  results(candidate: string, task: string): ReadonlyMap<string, Json>;
  [Symbol.dispose](): void;
}

/**
 * Opens the database of a run for writing, or creates it; its folder must exist.
 *
 * @param path - of the database. Beside it lie `-wal` and `-shm` while it is open, and `-lock`.
 * @throws store/in_use while another process (or another opener in this one) has it, store/foreign, store/corrupt,
 *   store/newer_version, store/cannot_open
 */
export function openRunStore(path: string): RunStore {
  const lock = takeRunLock(path);
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path);
    prepareDatabase(database, path);
    return createStore(path, database, lock);
  } catch (error) {
    database?.close();
    lock[Symbol.dispose]();
    const fault = toStoreError(path, error, "open");
    // Nobody can ever hold the lock of a file that is not a run, so it is safe to leave nothing behind.
    if (fault instanceof CodedError && fault.code === "store/foreign") rmSync(lock.path);
    throw fault;
  }
}

function createStore(path: string, database: DatabaseSync, lock: RunLock): RunStore {
  const insertEvent = database.prepare("INSERT INTO events (kind, payload) VALUES (?, ?)");
  const updateEvent = database.prepare("UPDATE events SET payload = ? WHERE seq = ?");
  const insertResult = database.prepare(
    "INSERT INTO results (candidate, task, item, result) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
  );
  const selectEvents = database.prepare("SELECT seq, kind, payload FROM events ORDER BY seq");
  const selectResults = database.prepare("SELECT item, result FROM results WHERE candidate = ? AND task = ?");

  return {
    path,
    appendEvent(kind, payload, results = [], replaced = undefined) {
      const rows = results.map(({ candidate, task, item, result }) => [
        candidate,
        task,
        item,
        toText(result, `result of item ${item}`),
      ]);
      const text = toText(payload, `event ${kind}`);
      const newText = replaced && toText(replaced.payload, `event ${replaced.seq}`);
      return inTransaction(path, database, () => {
        if (replaced !== undefined) updateEvent.run(newText!, replaced.seq);
        const { lastInsertRowid } = insertEvent.run(kind, text);
        for (const row of rows) insertResult.run(...row);
        return Number(lastInsertRowid);
      });
    },
    events() {
      return selectEvents.all().map(({ seq, kind, payload }) => ({
        seq: Number(seq),
        kind: String(kind),
        payload: JSON.parse(String(payload)) as Json,
      }));
    },
    results(candidate, task) {
      const rows = selectResults.all(candidate, task);
      return new Map(rows.map(({ item, result }) => [String(item), JSON.parse(String(result)) as Json]));
    },
    [Symbol.dispose]() {
      database.close();
      lock[Symbol.dispose]();
    },
  };
}

function inTransaction<T>(path: string, database: DatabaseSync, work: () => T): T {
  try {
    database.exec("BEGIN IMMEDIATE");
    const result = work();
    database.exec("COMMIT");
    return result;
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw toStoreError(path, error, "write");
  }
}

/** `JSON.stringify` would silently turn NaN and infinities into null and drop undefined. */
function toText(value: Json, at: string): string {
  return JSON.stringify(value, (key, entry: unknown) => {
    const lost = entry === undefined || (typeof entry === "number" && !Number.isFinite(entry));
    if (lost) throw storeBugs.not_json({ at: key === "" ? at : `${at}, ${key}`, got: String(entry) });
    return entry;
  });
}
