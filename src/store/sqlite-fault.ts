import type { CodedError } from "../base/errors.ts";
import { storeErrors, storeFaults } from "./errors.ts";

const CORRUPT = 11;
const NOT_A_DATABASE = 26;
const BUSY = 5;
const CANNOT_OPEN = 14;

/** Whether an error of `node:sqlite` says that somebody else holds a lock. */
export function isBusy(error: unknown): boolean {
  return primaryCode(error) === BUSY;
}

/**
 * Gives an error of `node:sqlite` its code; what did not come from SQLite is returned as it is.
 *
 * @param doing - decides between "cannot be opened" and "cannot be written" where SQLite does not tell.
 */
export function toStoreError(path: string, error: unknown, doing: "open" | "write"): unknown {
  const code = primaryCode(error);
  if (code === undefined) return error;
  const reason = (error as Error).message;
  return coded(path, code, reason, doing, error);
}

function coded(path: string, code: number, reason: string, doing: "open" | "write", cause: unknown): CodedError {
  if (code === NOT_A_DATABASE) return storeErrors.foreign({ path, found: "not a SQLite database" }, cause);
  if (code === CORRUPT) return storeFaults.corrupt({ path, reason }, cause);
  if (doing === "open" || code === CANNOT_OPEN) return storeFaults.cannot_open({ path, reason }, cause);
  return storeFaults.cannot_write({ path, reason }, cause);
}

/** SQLite's extended codes carry the primary one in their low byte. */
function primaryCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("errcode" in error) || typeof error.errcode !== "number") return undefined;
  return error.errcode & 0xff;
}
