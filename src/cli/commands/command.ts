import type { Command } from "commander";
import type { CliIo } from "../cli-io.ts";

/** A command, as a plugin: one file, one entry in the registry. */
export interface CliCommand {
  /** Adds arguments, options and the action. `--json` and `--debug` are there already. */
  define(command: Command, io: CliIo): void;
}
