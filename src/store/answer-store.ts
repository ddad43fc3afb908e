import { DatabaseSync } from "node:sqlite";
import type { Json } from "../base/canonical-json.ts";
import { storeErrors, storeFaults } from "./errors.ts";
import { toStoreError } from "./sqlite-fault.ts";

/** What models answered, kept between runs. Several processes may use one at a time. */
export interface AnswerStore extends Disposable {
  readonly path: string;
  /** @param requests - keys. @returns those that are known. @throws store/cannot_open */
  read(model: string, requests: readonly string[]): ReadonlyMap<string, Json>;
  /** Adds answers: all or none. One that is already there stays. @throws store/cannot_write */
  write(model: string, answers: ReadonlyMap<string, Json>): void;
}

/** "mrga": marks databases of answers among all SQLite files. */
const APPLICATION_ID = 0x6d726761;
const VERSION = 1;

/** 4 KiB pages: the file stays below 4 GiB, and what does not fit is not kept. */
const MAX_PAGES = 2 ** 20;

const TABLE = `
  CREATE TABLE IF NOT EXISTS answers (
    model TEXT NOT NULL,
    request TEXT NOT NULL,
    answer TEXT NOT NULL,
    PRIMARY KEY (model, request)
  ) STRICT, WITHOUT ROWID;
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${VERSION};
`;

/**
 * Opens a database of answers, or creates it; its folder must exist.
 *
 * @throws store/foreign, store/newer_version, store/corrupt, store/cannot_open
 */
export function openAnswerStore(path: string): AnswerStore {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { timeout: 10_000 });
    prepare(database, path);
    return createStore(path, database);
  } catch (error) {
    database?.close();
    throw toStoreError(path, error, "open");
  }
}

function prepare(database: DatabaseSync, path: string): void {
  const pragma = (name: string): number => Number(database.prepare(`PRAGMA ${name}`).get()?.[name]);
  // Losing the last answers to a power cut costs computing them again.
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA max_page_count = ${MAX_PAGES};`);
  if (pragma("schema_version") === 0) {
    database.exec(`BEGIN IMMEDIATE; ${TABLE} COMMIT;`);
    return;
  }
  const found = "a SQLite database of another program";
  if (pragma("application_id") !== APPLICATION_ID) throw storeErrors.foreign({ path, found });
  const version = pragma("user_version");
  if (version > VERSION) throw storeErrors.newer_version({ path, found: version, supported: VERSION });
  const check = String(database.prepare("PRAGMA quick_check(1)").get()?.["quick_check"]);
  if (check !== "ok") throw storeFaults.corrupt({ path, reason: check });
}

function createStore(path: string, database: DatabaseSync): AnswerStore {
  const select = database.prepare("SELECT answer FROM answers WHERE model = ? AND request = ?");
  const insert = database.prepare(
    "INSERT INTO answers (model, request, answer) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
  );
  return {
    path,
    read(model, requests) {
      const known = new Map<string, Json>();
      for (const request of requests) {
        const row = select.get(model, request);
        if (row !== undefined) known.set(request, JSON.parse(String(row["answer"])) as Json);
      }
      return known;
    },
    write(model, answers) {
      try {
        database.exec("BEGIN IMMEDIATE");
        for (const [request, answer] of answers) insert.run(model, request, JSON.stringify(answer));
        database.exec("COMMIT");
      } catch (error) {
        if (database.isTransaction) database.exec("ROLLBACK");
        throw toStoreError(path, error, "write");
      }
    },
    [Symbol.dispose]: () => database.close(),
  };
}
