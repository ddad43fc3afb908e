/** A process that holds a model and measures what it is told to run. */

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** What a worker is told: score rows of ids, or continue them. */
export interface EngineCommand {
  readonly kind: "score" | "generate";
  readonly ids: readonly (readonly number[])[];
  /** New tokens of each row. */
  readonly tokens: number;
}

/** What it took. */
export interface EngineTiming {
  readonly seconds: number;
  readonly cpu_seconds: number;
  /** The most memory that the process had so far. */
  readonly rss_mib: number;
}

/** A worker that has loaded its model. */
export interface EngineWorker {
  run(command: EngineCommand): Promise<EngineTiming>;
  [Symbol.dispose](): void;
}

/** Starts a worker and waits until its model is loaded. @throws Error when it ends early, with what it printed */
export async function startWorker(command: string, args: readonly string[]): Promise<EngineWorker> {
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"] });
  let printed = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    printed = (printed + text).slice(-2000);
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<unknown> => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error(`${command} ended early: ${printed}`);
    return JSON.parse(value as string);
  };
  await next();
  return {
    async run(request) {
      child.stdin.write(`${JSON.stringify(request)}\n`);
      return (await next()) as EngineTiming;
    },
    [Symbol.dispose]: () => void child.kill(),
  };
}
