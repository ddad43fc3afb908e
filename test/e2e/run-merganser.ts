import { spawn } from "node:child_process";
import { join } from "node:path";

/** The repository's root. */
export const ROOT = join(import.meta.dirname, "..", "..");

/** How a command ended. */
export interface CommandResult {
  /** null when a signal ended it. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Settings of a run. */
export interface CommandOptions {
  /** @default the repository */
  readonly cwd?: string;
  /** Whose command is run. @default the repository */
  readonly root?: string;
  /** Sends a signal after this long. */
  readonly killAfterMs?: number;
  /** @default "SIGKILL" */
  readonly killWith?: NodeJS.Signals;
}

/** Runs the command as a user does, in a process of its own. */
export function runMerganser(args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  const { cwd = ROOT, root = ROOT, killAfterMs, killWith = "SIGKILL" } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(root, "bin", "merganser.mjs"), ...args], { cwd, stdio: "pipe" });
    const timer = killAfterMs === undefined ? undefined : setTimeout(() => child.kill(killWith), killAfterMs);
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on("data", (part: Buffer) => out.push(part));
    child.stderr.on("data", (part: Buffer) => err.push(part));
    child.on("error", reject);
    child.on("close", (exitCode) => {
      clearTimeout(timer);
      resolve({ exitCode, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() });
    });
  });
}
