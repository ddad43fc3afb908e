import { randomUUID } from "node:crypto";
import { mkdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/**
 * Creates an empty folder that is deleted when the test ends. Its name is of lower case and digits, so that no message
 * that names it reads like one with NaN in it.
 */
export function createTemporaryFolder(): string {
  const folder = join(tmpdir(), `merganser-${randomUUID()}`);
  mkdirSync(folder);
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
