import { runCli } from "../src/cli/run-cli.ts";

/** What a command printed, said beside it, and ended with. */
export interface CommandRun {
  readonly exitCode: number;
  readonly printed: string;
  readonly noted: string;
}

/** Runs a command line on this thread. */
export async function runCommand(
  args: readonly string[],
  signal: AbortSignal = new AbortController().signal,
): Promise<CommandRun> {
  const [printed, noted]: [string[], string[]] = [[], []];
  const exitCode = await runCli(args, {
    print: (line) => void printed.push(line),
    note: (line) => void noted.push(line),
    redraw: undefined,
    now: () => performance.now(),
    signal,
    cores: 1,
  });
  return { exitCode, printed: printed.join("\n"), noted: noted.join("\n") };
}
