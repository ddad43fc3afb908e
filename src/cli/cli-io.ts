/** The program's surroundings, handed to every command, so that tests can run commands without a process. */
export interface CliIo {
  /** Prints results; one call, one line. */
  readonly print: (line: string) => void;
  /** Prints everything that is not the result: progress, warnings, errors. */
  readonly note: (line: string) => void;
  /** Redraws one line of a terminal; undefined where there is none, as in a pipe. */
  readonly redraw: ((line: string) => void) | undefined;
  /** Milliseconds since some fixed moment. */
  readonly now: () => number;
  /** Aborted at the first Ctrl-C. */
  readonly signal: AbortSignal;
  /** Cores of the machine. */
  readonly cores: number;
}
