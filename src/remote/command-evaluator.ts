/** Other evaluators that are programs: lm-evaluation-harness, and whatever prints results in its form. */

import { spawn } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import type { Evaluator } from "../evaluate/evaluator.ts";
import { Z_95 } from "../evaluate/interval.ts";
import type { Score } from "../evaluate/score.ts";
import { remoteErrors, remoteFaults } from "./errors.ts";

/** What is run. */
export interface CommandSettings {
  /**
   * The program and its arguments, with `{model}` for the folder, `{tasks}` for the tasks' names joined by commas, and
   * `{out}` for an empty folder that results may be written into. No shell reads it.
   */
  readonly command: readonly string[];
  readonly model: string;
  /** @default 24 hours */
  readonly timeoutMs?: number;
  /** What the program says besides, line by line. */
  readonly onLine?: (line: string) => void;
}

/** Longest output that is read. */
const MAX_OUTPUT_BYTES = 2 ** 26;
const DAY_MS = 86_400_000;

/**
 * Makes an evaluator of a program. It reads the scores from the newest `results*.json` in its folder, else from what the
 * program prints, in the form of lm-evaluation-harness: `{"results": {TASK: {"METRIC,FILTER": value, "METRIC_stderr,FILTER": …}}}`.
 *
 * Which items are asked is the program's business. An interval is the value and 1.96 standard errors to both sides, NaN where
 * the program gives none; the filter "none" is left out of the scores' names.
 *
 * `evaluate` throws remote/no_command, command_failed, bad_output, no_such_task, and the signal's reason.
 */
export function createCommandEvaluator(settings: CommandSettings): Evaluator {
  return {
    async evaluate(tasks, { signal } = {}) {
      const out = mkdtempSync(join(tmpdir(), "merganser-command-"));
      try {
        const names = tasks.map(({ task }) => task.name);
        const fill = (part: string): string =>
          part.replaceAll("{model}", settings.model).replaceAll("{tasks}", names.join(",")).replaceAll("{out}", out);
        const command = settings.command.map(fill);
        const printed = await run(command, settings, signal);
        const results = readResults(out, printed, command[0]!);
        return tasks.map(({ task }) => ({ task, scores: scoresOf(results, task.name), result: undefined }));
      } finally {
        rmSync(out, { recursive: true, force: true });
      }
    },
  };
}

function run(command: readonly string[], settings: CommandSettings, signal?: AbortSignal): Promise<string> {
  const { timeoutMs = DAY_MS, onLine } = settings;
  const [program = "", ...args] = command;
  signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
    const printed: Buffer[] = [];
    let bytes = 0;
    let last = "";
    let ended = "";
    const end = (how: string): void => {
      ended ||= how;
      child.kill("SIGKILL");
    };
    const timer = setTimeout(() => end(`did not end within ${timeoutMs} ms`), timeoutMs);
    const onAbort = (): void => end("was stopped");
    signal?.addEventListener("abort", onAbort, { once: true });
    child.stdout.on("data", (part: Buffer) => {
      bytes += part.length;
      if (bytes > MAX_OUTPUT_BYTES) end(`printed more than ${MAX_OUTPUT_BYTES} bytes`);
      else printed.push(part);
    });
    child.stderr.on("data", (part: Buffer) => {
      last = (last + String(part)).slice(-2000);
      for (const line of String(part).split(/[\r\n]+/)) if (line.trim() !== "") onLine?.(line);
    });
    child.on("error", (cause) => {
      clearTimeout(timer);
      reject(remoteErrors.no_command({ command: program, reason: cause.message }, cause));
    });
    child.on("close", (exitCode, killedBy) => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
      if (signal?.aborted) reject(signal.reason);
      else if (exitCode === 0 && ended === "") resolve(Buffer.concat(printed).toString());
      else {
        const how = ended || (exitCode === null ? `was ended by ${killedBy}` : `ended with exit code ${exitCode}`);
        const output = last.trim().split("\n").slice(-3).join(" ⏎ ") || "nothing";
        reject(remoteFaults.command_failed({ command: program, how, output }));
      }
    });
  });
}

const RESULTS = z.object({
  results: z.record(z.string(), z.record(z.string(), z.unknown())),
  "n-samples": z.record(z.string(), z.object({ effective: z.number() })).optional(),
});

function readResults(out: string, printed: string, command: string): z.infer<typeof RESULTS> {
  const files = globSync("**/results*.json", { cwd: out }).map((file) => join(out, file));
  const newest = files.toSorted((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)[0];
  const text = newest === undefined ? printed.slice(Math.max(0, printed.indexOf("{"))) : readFileSync(newest, "utf8");
  const refuse = (problem: string, cause?: unknown): Error => remoteFaults.bad_output({ command, problem }, cause);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const where = newest === undefined ? "it wrote no results*.json, and what it printed is not JSON" : newest;
    throw refuse(`${where}: ${(cause as Error).message}`, cause);
  }
  const checked = RESULTS.safeParse(value);
  if (!checked.success) throw refuse(`"results" must map tasks to metrics: ${checked.error.issues[0]!.message}`);
  return checked.data;
}

function scoresOf(results: z.infer<typeof RESULTS>, task: string): Readonly<Record<string, Score>> {
  const metrics = results.results[task];
  if (metrics === undefined) throw remoteErrors.no_such_task({ task, known: Object.keys(results.results) });
  const n = results["n-samples"]?.[task]?.effective ?? Number.NaN;
  const scores = Object.entries(metrics).flatMap(([key, value]) => {
    const [metric, filter] = key.split(",") as [string, string?];
    if (typeof value !== "number" || filter === undefined || metric.endsWith("_stderr")) return [];
    const stderr = Number(metrics[`${metric}_stderr,${filter}`] ?? Number.NaN);
    const name = filter === "none" ? metric : key;
    return [[name, { value, n, low: value - Z_95 * stderr, high: value + Z_95 * stderr }] as const];
  });
  return Object.fromEntries(scores);
}
