import { modelMachineErrors } from "./errors.ts";

/**
 * Runs a call to the file system.
 *
 * @param file - path, as it is shown in the error.
 * @throws model/read_failed with the system's error as its cause
 */
export function attemptRead<T>(file: string, action: () => T): T {
  try {
    return action();
  } catch (cause) {
    throw modelMachineErrors.read_failed({ file, why: (cause as Error).message }, cause);
  }
}
