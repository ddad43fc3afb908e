/** The program: gives `runCli` the process it runs in. */

import { availableParallelism } from "node:os";
import type { CliIo } from "./cli-io.ts";
import { INTERRUPTED_EXIT } from "./errors.ts";
import { runCli } from "./run-cli.ts";

const controller = new AbortController();

/** The first signal asks the command to stop at a place it can resume from; the second does not ask. */
function onSignal(): void {
  if (controller.signal.aborted) process.exit(INTERRUPTED_EXIT);
  process.stderr.write("\nstopping …\n");
  controller.abort();
}
process.on("SIGINT", onSignal);
process.on("SIGTERM", onSignal);
// A reader that went away, as in `merganser … | head`, is not an error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

const terminal = process.stderr.isTTY;
const redraw = (line: string): void => {
  process.stderr.write(`\r\u001b[2K${line.slice(0, Math.max(20, process.stderr.columns - 1))}`);
};
const io: CliIo = {
  print: (line) => process.stdout.write(`${line}\n`),
  note: (line) => process.stderr.write(`${terminal ? "\r\u001b[2K" : ""}${line}\n`),
  redraw: terminal ? redraw : undefined,
  // Like performance.now(), but ready when the program starts.
  now: () => process.uptime() * 1000,
  signal: controller.signal,
  cores: availableParallelism(),
};

process.exitCode = await runCli(process.argv.slice(2), io);
