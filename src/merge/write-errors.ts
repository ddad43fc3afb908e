import { CodedError } from "../base/errors.ts";
import { machineErrors } from "./errors.ts";

/** Codes by which systems say that no room is left, on the disk or for this user. */
const FULL = ["ENOSPC", "EDQUOT", "EFBIG"];

/**
 * Runs something that writes to a path.
 *
 * @throws merge/disk_filled, merge/write_failed in the place of the system's errors, and coded errors as they are.
 */
export function writing<T>(path: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    throw asWriteError(path, error);
  }
}

function asWriteError(path: string, error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (error instanceof CodedError || code === undefined) return error;
  if (FULL.includes(code)) return machineErrors.disk_filled({ path }, error);
  return machineErrors.write_failed({ path, why: message }, error);
}
