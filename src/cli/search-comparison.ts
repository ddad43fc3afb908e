/** Runs of several presets on one search's models and tasks, at one budget, and what they say about each other. */

import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parse, stringify } from "yaml";
import { signFlipTest } from "../evaluate/sign-flip.ts";
import { PRESETS } from "../search/presets.ts";
import { isOrderKind } from "../search/space-keys.ts";
import type { CliIo } from "./cli-io.ts";
import { cliErrors } from "./errors.ts";
import { evolveFile } from "./evolve-run.ts";
import type { HoldWishes } from "./model-hold.ts";
import { readText } from "./read-recipe.ts";
import { bestHoldoutValues, type RunResult, readRun } from "./run-folder.ts";
import { STORE_FILE } from "./run-store-file.ts";

/** What is compared, and at what cost. */
export interface ComparisonPlan {
  readonly file: string;
  /** Names of presets; `file` for the search file as it is. */
  readonly presets: readonly string[];
  readonly seeds: number;
  /** Item evaluations of each run. */
  readonly items: number;
  readonly out: string;
  readonly memory: number;
  readonly threads?: number;
  /** How candidates are held, as evolve has it. */
  readonly wishes?: HoldWishes;
}

/** One run. */
export interface ArmResult {
  readonly preset: string;
  readonly result: Pick<RunResult, "best">;
  /** Of the child's holdout items. */
  readonly values: ReadonlyMap<string, number>;
}

/** Means over seeds and paired tests. */
export interface ComparisonSummary {
  readonly presets: readonly {
    readonly preset: string;
    readonly seeds: number;
    readonly search: number;
    /** Mean over seeds with a 95 % t-interval; of one seed the child's own interval. */
    readonly holdout: { readonly mean: number; readonly low: number; readonly high: number };
  }[];
  /** Differences of item means over seeds, tested by random signs of the items. */
  readonly pairs: readonly {
    readonly first: string;
    readonly second: string;
    readonly difference: number;
    readonly p_value: number;
  }[];
}

const FILE_ITSELF = "file";

/** Runs every preset with every seed, one after the other; what is finished is not run again, what was interrupted goes on. */
export async function runArms(plan: ComparisonPlan, io: CliIo): Promise<readonly ArmResult[]> {
  const known = [FILE_ITSELF, ...Object.keys(PRESETS)];
  for (const preset of plan.presets) if (!known.includes(preset)) throw cliErrors.unknown_preset({ preset, known });
  const arms: ArmResult[] = [];
  for (const preset of plan.presets)
    for (let seed = 1; seed <= plan.seeds; seed++) {
      const out = join(plan.out, preset, `seed-${seed}`);
      if (!existsSync(join(out, "result.json"))) {
        mkdirSync(out, { recursive: true });
        const file = join(out, "search.yaml");
        writeFileSync(file, armText(plan, preset, seed));
        io.note(`${preset}, seed ${seed}`);
        const { memory, threads, wishes } = plan;
        const flags = { memory, ...wishes, ...(threads === undefined ? {} : { threads }) };
        await evolveFile(file, out, existsSync(join(out, STORE_FILE)) ? { ...flags, resume: true } : flags, io);
      }
      arms.push({ preset, result: readRun(out), values: bestHoldoutValues(out) });
    }
  return arms;
}

const SHARED_KEYS = ["base_model", "models", "dtype", "tasks", "racing", "final"];

/** A second stage of the file counts for presets that have one. */
function sharedKeys(preset: string): readonly string[] {
  return "next" in PRESETS[preset]!.keys ? [...SHARED_KEYS, "next"] : SHARED_KEYS;
}

/** The search file of a run: the file's models and tasks, the preset's space and optimiser, and the common budget. */
function armText({ file, items }: ComparisonPlan, preset: string, seed: number): string {
  const folder = dirname(resolve(file));
  const keys = parse(readText(file)) as { readonly [key: string]: unknown };
  const own =
    preset === FILE_ITSELF
      ? keys
      : Object.fromEntries(sharedKeys(preset).flatMap((key) => (key in keys ? [[key, keys[key]]] : [])));
  const isPath = preset !== FILE_ITSELF && isOrderSpace(PRESETS[preset]!.keys["space"]);
  const { base_model: _, ...withoutBase } = own as { readonly base_model?: unknown; readonly [key: string]: unknown };
  const search = {
    ...(preset === FILE_ITSELF ? {} : { preset }),
    ...(isPath ? withoutBase : own),
    budget: { item_evaluations: items },
    seed,
    compare: [],
  };
  return stringify(withAbsolutePaths(search, folder));
}

function isOrderSpace(space: unknown): boolean {
  return typeof space === "object" && space !== null && "kind" in space && isOrderKind(space.kind);
}

/** The run's folder is another one than the file's. */
function withAbsolutePaths(value: unknown, folder: string): unknown {
  if (Array.isArray(value)) return value.map((entry) => withAbsolutePaths(entry, folder));
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, withAbsolutePaths(entry, folder)]));
  if (typeof value !== "string" || !existsSync(resolve(folder, value))) return value;
  return resolve(folder, value);
}

/** Adds runs up. */
export function summarizeArms(arms: readonly ArmResult[]): ComparisonSummary {
  const names = [...new Set(arms.map(({ preset }) => preset))];
  const of = (preset: string): readonly ArmResult[] => arms.filter((arm) => arm.preset === preset);
  return {
    presets: names.map((preset) => ({
      preset,
      seeds: of(preset).length,
      search: mean(of(preset).map(({ result }) => result.best.search.value)),
      holdout: interval(of(preset)),
    })),
    pairs: names.flatMap((first, i) =>
      names.slice(i + 1).map((second) => ({ first, second, ...compare(of(first), of(second)) })),
    ),
  };
}

function compare(first: readonly ArmResult[], second: readonly ArmResult[]): { difference: number; p_value: number } {
  const items = [...first[0]!.values.keys()];
  const itemMean = (arms: readonly ArmResult[], item: string): number =>
    mean(arms.map(({ values }) => values.get(item) ?? 0));
  const differences = items.map((item) => itemMean(first, item) - itemMean(second, item));
  return { difference: mean(differences), p_value: signFlipTest(differences) };
}

/** Two-sided 95 % points of Student's t for 1 to 9 degrees of freedom. */
const STUDENT = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262];
const LARGE_SAMPLE = 2.1;

function interval(arms: readonly ArmResult[]): { mean: number; low: number; high: number } {
  const values = arms.map(({ result }) => result.best.holdout.value);
  const middle = mean(values);
  if (values.length === 1) {
    const { low, high } = arms[0]!.result.best.holdout;
    return { mean: middle, low, high };
  }
  const variance = values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1);
  const half = (STUDENT[values.length - 2] ?? LARGE_SAMPLE) * Math.sqrt(variance / values.length);
  return { mean: middle, low: middle - half, high: middle + half };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
