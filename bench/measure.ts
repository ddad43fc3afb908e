import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";

/** How long a program ran, and the most memory it had. */
export interface Measurement {
  readonly seconds: number;
  /** User and system time of the process, to the last look at it; 0 where the system has no /proc. */
  readonly cpuSeconds: number;
  /** Of the process and not of its children; 0 where the system has no /proc. */
  readonly rssMib: number;
}

const POLL_MS = 20;

/** What Linux counts processor time in. */
const TICKS_PER_SECOND = 100;

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
    let cpuTicks = 0;
    const poll = setInterval(() => {
      peakKib = Math.max(peakKib, highWaterKib(child.pid));
      cpuTicks = Math.max(cpuTicks, ticks(child.pid));
    }, POLL_MS);
    child.on("error", reject);
    child.on("close", (exitCode) => {
      clearInterval(poll);
      const seconds = (performance.now() - startMs) / 1000;
      if (exitCode === 0)
        resolve({ seconds, cpuSeconds: cpuTicks / TICKS_PER_SECOND, rssMib: Math.round(peakKib / 1024) });
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

function ticks(pid: number | undefined): number {
  try {
    // After the program's name, which may hold anything, come the state and twelve more before the times.
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)!.split(" ");
    return Number(fields[11]) + Number(fields[12]);
  } catch {
    return 0;
  }
}
