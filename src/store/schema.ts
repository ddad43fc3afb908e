import type { DatabaseSync } from "node:sqlite";
import { storeErrors, storeFaults } from "./errors.ts";

/** "mrgn": marks our databases among all SQLite files. */
const APPLICATION_ID = 0x6d72676e;
/** Format that this version writes; a change of the tables raises it. */
const VERSION = 1;

/*
 * synchronous = FULL: what was appended outlives not only kill -9 (NORMAL is enough for that) but also loss of power.
 * It costs one fsync an event, and events come about once a second.
 */
const CONNECTION = `
  PRAGMA busy_timeout = 10000;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA foreign_keys = ON;
`;

const TABLES = `
  CREATE TABLE events (
    seq INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL
  ) STRICT;
  CREATE TABLE results (
    candidate TEXT NOT NULL,
    task TEXT NOT NULL,
    item TEXT NOT NULL,
    result TEXT NOT NULL,
    PRIMARY KEY (candidate, task, item)
  ) STRICT, WITHOUT ROWID;
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${VERSION};
`;

/**
 * Checks that a database is one of ours and whole, and creates the tables in an empty one.
 *
 * @throws store/foreign, store/newer_version, store/corrupt and SQLite's own errors.
 */
export function prepareDatabase(database: DatabaseSync, path: string): void {
  assertOurs(database, path);
  database.exec(CONNECTION);
  if (isEmpty(database)) {
    database.exec(`BEGIN IMMEDIATE; ${TABLES} COMMIT;`);
    return;
  }
  const check = readText(database, "PRAGMA quick_check(1)", "quick_check");
  if (check !== "ok") throw storeFaults.corrupt({ path, reason: check });
}

function assertOurs(database: DatabaseSync, path: string): void {
  if (isEmpty(database)) return;
  const id = readNumber(database, "application_id");
  if (id !== APPLICATION_ID) throw storeErrors.foreign({ path, found: "a SQLite database of another program" });
  const version = readNumber(database, "user_version");
  if (version > VERSION) throw storeErrors.newer_version({ path, found: version, supported: VERSION });
}

/** True for a new file, and for one whose creation was cut short: the tables and the marks come in one transaction. */
function isEmpty(database: DatabaseSync): boolean {
  return readNumber(database, "schema_version") === 0 && readNumber(database, "application_id") === 0;
}

function readNumber(database: DatabaseSync, pragma: string): number {
  return Number(database.prepare(`PRAGMA ${pragma}`).get()?.[pragma]);
}

function readText(database: DatabaseSync, sql: string, column: string): string {
  return String(database.prepare(sql).get()?.[column]);
}
