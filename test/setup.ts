import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, expect, vi } from "vitest";

/** Answers of models are kept nowhere that outlives the machine's next start, and not in the user's home. */
process.env["MERGANSER_CACHE"] = join(tmpdir(), `merganser-cache-${process.pid}`);

fc.configureGlobal({ seed: 20_231, numRuns: 100 });

/** Nothing in src/ may print: a library that writes to the console cannot be used by a program with a screen of its own. */
const spies = ["log", "warn", "error", "info", "debug"] as const;

beforeEach(() => {
  for (const name of spies) vi.spyOn(console, name).mockImplementation(() => {});
});

afterEach(() => {
  for (const name of spies) expect(console[name], `console.${name} was called`).not.toHaveBeenCalled();
  vi.restoreAllMocks();
});
