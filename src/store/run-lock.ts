import { DatabaseSync } from "node:sqlite";
import { storeFaults } from "./errors.ts";
import { isBusy, toStoreError } from "./sqlite-fault.ts";

/** The right to write a run, held until disposed or until the process ends, however it ends. */
export interface RunLock extends Disposable {
  /** The file that carries the lock; it stays when the lock is given back. */
  readonly path: string;
}

/**
 * Takes the right to write a run.
 *
 * The lock is a write transaction that is begun on a small database beside the run and never finished. The operating
 * system takes it back from a process that was killed, so there are no stale locks to judge by age or process number. Its one
 * row tells the others who holds it, which they can read because a reserved lock does not shut out readers.
 *
 * @param path - of the run's database; the lock is `path` + "-lock".
 * @throws store/in_use, store/cannot_open
 */
export function takeRunLock(path: string): RunLock {
  const lockPath = `${path}-lock`;
  const database = openLock(path, lockPath);
  try {
    database.exec("BEGIN IMMEDIATE");
    database.exec("CREATE TABLE IF NOT EXISTS holder (id INTEGER PRIMARY KEY CHECK (id = 1), pid INTEGER NOT NULL)");
    database.prepare("INSERT OR REPLACE INTO holder (id, pid) VALUES (1, ?)").run(process.pid);
    database.exec("COMMIT");
    database.exec("BEGIN IMMEDIATE");
  } catch (error) {
    const pid = isBusy(error) ? readHolder(database) : undefined;
    database.close();
    if (isBusy(error)) throw storeFaults.in_use({ path, pid }, error);
    throw toStoreError(lockPath, error, "open");
  }
  return { path: lockPath, [Symbol.dispose]: () => database.close() };
}

function openLock(path: string, lockPath: string): DatabaseSync {
  try {
    return new DatabaseSync(lockPath, { timeout: 0 });
  } catch (error) {
    throw toStoreError(path, error, "open");
  }
}

function readHolder(database: DatabaseSync): number | undefined {
  try {
    const row = database.prepare("SELECT pid FROM holder").get();
    return typeof row?.["pid"] === "number" ? row["pid"] : undefined;
  } catch {
    return undefined; // The holder is writing its row at this very moment.
  }
}
