import { Command, CommanderError } from "commander";
import { CodedError, OUTCOME } from "../base/errors.ts";
import type { CliIo } from "./cli-io.ts";
import { COMMANDS } from "./commands/index.ts";
import { CHECK_FAILED_EXIT, CheckFailed, cliErrors, cliStops, INTERRUPTED_EXIT } from "./errors.ts";
import { VERSION } from "./version.ts";

/**
 * Runs one command line.
 *
 * Never throws: what goes wrong is printed, as a sentence and, where `--json` was asked for, as `{"error": …}` too.
 *
 * @param args - without the program's name.
 * @returns the exit code: 0 ok, 1 a check failed, 2 the user's input, 3 the environment, 70 our bug, 130 interrupted.
 */
export async function runCli(args: readonly string[], io: CliIo): Promise<number> {
  try {
    const program = await createProgram(args, io);
    if (args.length === 0) program.outputHelp();
    else await program.parseAsync([...args], { from: "user" });
    return 0;
  } catch (error) {
    return reportError(error, { io, json: args.includes("--json"), debug: args.includes("--debug") });
  }
}

async function createProgram(args: readonly string[], io: CliIo): Promise<Command> {
  const program = new Command("merganser")
    .description("Chooses, merges, evaluates and evolves neural-network checkpoints.")
    .version(VERSION)
    .option("--debug", "print stack traces of errors")
    .showSuggestionAfterError()
    .configureOutput({ writeOut: (text) => io.print(text.trimEnd()), writeErr: () => {} })
    .exitOverride();
  const [called] = args.filter((arg) => !arg.startsWith("-") && arg !== "help");
  for (const { name, summary, load } of COMMANDS) {
    const command = program.command(name).description(summary).exitOverride();
    command.option("--json", "print one JSON object instead of text").option("--debug", "print stack traces of errors");
    if (name === called) (await load()).define(command, io);
  }
  return program;
}

function reportError(error: unknown, { io, json, debug }: { io: CliIo; json: boolean; debug: boolean }): number {
  if (error instanceof CheckFailed) return CHECK_FAILED_EXIT;
  if (error instanceof CommanderError && error.exitCode === 0) return 0;
  const wasStopped = io.signal.aborted && error === io.signal.reason;
  const coded = wasStopped ? cliStops.stopped({ what: "the command" }) : toCodedError(error);
  if (json && coded.details["printed"] !== true) io.print(JSON.stringify({ error: coded.toJSON() }));
  io.note(`error: ${coded.message} [${coded.code}]`);
  if (debug || coded.blame === "bug") io.note(stackOf(error));
  return /\/(?:interrupted|stopped)$/.test(coded.code) ? INTERRUPTED_EXIT : OUTCOME[coded.blame].exit;
}

function toCodedError(error: unknown): CodedError {
  if (error instanceof CodedError) return error;
  if (error instanceof CommanderError) {
    return cliErrors.bad_usage({ message: error.message.replace(/^error: /, "").replaceAll("\n", " ") });
  }
  const system = error as NodeJS.ErrnoException;
  const message = error instanceof Error ? error.message : String(error);
  const blame = system.code !== undefined && system.syscall !== undefined ? "environment" : "bug";
  return new CodedError(
    { code: `cli/${blame === "bug" ? "unexpected" : "system"}`, blame, message, details: {} },
    error,
  );
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? "" : `\ncaused by: ${stackOf(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}
