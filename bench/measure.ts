import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";

/** How long a program ran, and the most memory it had. */
export interface Measurement {
  readonly seconds: number;
  /** Of the process and not of its children; 0 where the system has no /proc. */
  readonly rssMib: number;
}

const POLL_MS = 20;

/**
 * Runs a program to its end and measures it.
 *
 * @throws Error with the end of what it printed, when it fails.
 */
export function measure(command: string, args: readonly string[], cwd: string): Promise<Measurement> {
  return new Promise((resolve, reject) => {
    const startMs = performance.now();
    const child = spawn(command, args, { cwd, stdio: ["ignore", "ignore", "pipe"] });
    let printed = "";
    child.stderr.setEncoding("utf8");
    child.stderr.on("data", (text: string) => {
      printed = (printed + text).slice(-2000);
    });
    let peakKib = 0;
    const poll = setInterval(() => {
      peakKib = Math.max(peakKib, highWaterKib(child.pid));
    }, POLL_MS);
    child.on("error", reject);
    child.on("close", (exitCode) => {
      clearInterval(poll);
      const seconds = (performance.now() - startMs) / 1000;
      if (exitCode === 0) resolve({ seconds, rssMib: Math.round(peakKib / 1024) });
      else reject(new Error(`${command} ended with ${exitCode}: ${printed}`));
    });
  });
}

function highWaterKib(pid: number | undefined): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0);
  } catch {
    return 0;
  }
}
