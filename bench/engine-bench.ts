/** Running models: our engine beside transformers on the processor, float32, same threads, same batches, by turns. */

import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import type { BenchCase, BenchOptions } from "./bench-case.ts";
import { type EngineCommand, type EngineTiming, type EngineWorker, startWorker } from "./engine-worker.ts";
import { type Measurement, measure } from "./measure.ts";

const MERGANSER = join(import.meta.dirname, "..", "bin", "merganser.mjs");
const PROMPT_TOKENS = 16;
const NEW_TOKENS = 32;
/** A batch of 200 is for models whose steps are so short that the calls count. */
const MANY = { batch: 200, maxBytes: 2 ** 26 };
const CANDIDATE = { prompts: 64, tokens: 64 };

const RECIPES = {
  linear: (folder: string) =>
    `merge_method: linear\nmodels:\n  - {model: ${folder}/e1, parameters: {weight: 0.6}}\n` +
    `  - {model: ${folder}/e2, parameters: {weight: 0.4}}\ndtype: bfloat16\n`,
  ties: (folder: string) =>
    `merge_method: ties\nbase_model: ${folder}/base\nmodels:\n` +
    `  - {model: ${folder}/e1, parameters: {weight: 0.6, density: 0.5}}\n` +
    `  - {model: ${folder}/e2, parameters: {weight: 0.4, density: 0.5}}\ndtype: bfloat16\n`,
};

/** Measures a model's folder, or a folder of the checkpoints base, e1 and e2, for which candidates are scored too. */
export async function benchEngine(options: BenchOptions): Promise<readonly BenchCase[]> {
  const folder = resolve(options.operands[0]!);
  const isModel = existsSync(join(folder, "config.json"));
  const rows = await benchModel(isModel ? folder : join(folder, "e1"), options);
  return isModel ? rows : [...rows, ...(await benchCandidates(folder, options))];
}

async function benchModel(
  model: string,
  { peer, runs, only, threads, note }: BenchOptions,
): Promise<readonly BenchCase[]> {
  const cases = Object.entries(commandsFor(model)).filter(([name]) => only.length === 0 || only.includes(name));
  if (cases.length === 0) return [];
  using ours = await startWorker(process.execPath, [
    join(import.meta.dirname, "engine-ours.ts"),
    model,
    String(threads),
  ]);
  using theirs =
    peer === undefined
      ? undefined
      : await startWorker(resolve(peer), [join(import.meta.dirname, "engine-peer.py"), model, String(threads)]);
  const rows: BenchCase[] = [];
  for (const [name, command] of cases) {
    rows.push(await benchCommand(name, command, { ours, theirs, runs }));
    note(JSON.stringify(rows.at(-1)));
  }
  return rows;
}

function commandsFor(model: string): Readonly<Record<string, EngineCommand>> {
  const config = JSON.parse(readFileSync(join(model, "config.json"), "utf8")) as { readonly vocab_size: number };
  const ids = createIds(config.vocab_size);
  const generate = (batch: number): EngineCommand => ({
    kind: "generate",
    ids: ids(batch, PROMPT_TOKENS),
    tokens: NEW_TOKENS,
  });
  const length = Math.min(128, contextOf(model));
  const isSmall = weightBytes(model) <= MANY.maxBytes;
  return {
    score_8x128: { kind: "score", ids: ids(8, length), tokens: 0 },
    generate_1: generate(1),
    generate_8: generate(8),
    ...(isSmall ? { [`generate_${MANY.batch}`]: generate(MANY.batch) } : {}),
  };
}

function contextOf(model: string): number {
  const config = JSON.parse(readFileSync(join(model, "config.json"), "utf8")) as Readonly<Record<string, unknown>>;
  return Number(config["max_position_embeddings"] ?? config["n_positions"] ?? 128);
}

function weightBytes(model: string): number {
  return statSync(join(model, "model.safetensors"), { throwIfNoEntry: false })?.size ?? Number.POSITIVE_INFINITY;
}

/** Ids that look random and are the same in every run. */
function createIds(vocabulary: number): (rows: number, length: number) => readonly (readonly number[])[] {
  let state = 1;
  const next = (): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return 3 + ((state >>> 8) % (vocabulary - 3));
  };
  return (rows, length) => Array.from({ length: rows }, () => Array.from({ length }, next));
}

interface Pair {
  readonly ours: EngineWorker;
  readonly theirs: EngineWorker | undefined;
  readonly runs: number;
}

/** The first run of each is not counted. */
async function benchCommand(name: string, command: EngineCommand, { ours, theirs, runs }: Pair): Promise<BenchCase> {
  const mine: EngineTiming[] = [];
  const others: EngineTiming[] = [];
  for (let run = 0; run <= runs; run++) {
    mine.push(await ours.run(command));
    if (theirs !== undefined) others.push(await theirs.run(command));
  }
  const best = shortest(mine.slice(1));
  const row = { name, seconds: best.seconds, cpu_seconds: best.cpu_seconds, rss_mib: mine.at(-1)!.rss_mib };
  if (theirs === undefined) return roundCase(row);
  const other = shortest(others.slice(1));
  return roundCase({
    ...row,
    peer_seconds: other.seconds,
    ratio: other.seconds / best.seconds,
    peer_cpu_seconds: other.cpu_seconds,
    cpu_ratio: other.cpu_seconds / best.cpu_seconds,
    peer_rss_mib: others.at(-1)!.rss_mib,
  });
}

/** A candidate of a search, from recipe to scores: ours never writes it, the usual loop merges to disk and loads. */
async function benchCandidates(folder: string, options: BenchOptions): Promise<readonly BenchCase[]> {
  const work = mkdtempSync(join(tmpdir(), "merganser-bench-"));
  const rows: BenchCase[] = [];
  try {
    for (const method of ["linear", "ties"] as const) {
      const name = `candidate_${method}`;
      if (options.only.length > 0 && !options.only.includes(name)) continue;
      rows.push(await benchCandidate(name, RECIPES[method](folder), { ...options, folder, work }));
      options.note(JSON.stringify(rows.at(-1)));
    }
    return rows;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

type CandidateSetup = BenchOptions & { readonly folder: string; readonly work: string };

async function benchCandidate(name: string, recipe: string, setup: CandidateSetup): Promise<BenchCase> {
  const { folder, work, peer, runs, threads } = setup;
  const file = join(work, `${name}.yaml`);
  writeFileSync(file, recipe);
  const { prompts, tokens } = CANDIDATE;
  const config = JSON.parse(readFileSync(join(folder, "e1", "config.json"), "utf8")) as { readonly vocab_size: number };
  const ids = createIds(config.vocab_size)(prompts, tokens);
  const pairs = join(work, "pairs.jsonl");
  const lines = ids.map((row) => JSON.stringify({ context_ids: row.slice(0, 1), continuation_ids: row.slice(1) }));
  writeFileSync(pairs, `${lines.join("\n")}\n`);
  writeFileSync(join(work, "ids.json"), JSON.stringify(ids));
  const mine: Measurement[] = [];
  const others: Measurement[] = [];
  for (let run = 0; run < runs; run++) {
    const args = [MERGANSER, "score", file, "--pairs", pairs, "--json", "--threads", String(threads)];
    mine.push(await measure(process.execPath, args, work));
    if (peer !== undefined) others.push(await usualLoop(resolve(peer), file, work, threads));
  }
  const best = shortest(mine);
  const row = { name, seconds: best.seconds, rss_mib: Math.max(...mine.map(({ rssMib }) => rssMib)) };
  if (peer === undefined) return roundCase(row);
  const other = shortest(others);
  return roundCase({
    ...row,
    peer_seconds: other.seconds,
    ratio: other.seconds / best.seconds,
    peer_rss_mib: other.rssMib,
  });
}

async function usualLoop(python: string, recipe: string, work: string, threads: number): Promise<Measurement> {
  const out = join(work, "merged");
  const merged = await measure(join(dirname(python), "mergekit-yaml"), [recipe, out, "--quiet"], work);
  const script = join(import.meta.dirname, "engine-score.py");
  const scored = await measure(python, [script, out, String(threads), join(work, "ids.json")], work);
  rmSync(out, { recursive: true, force: true });
  return {
    seconds: merged.seconds + scored.seconds,
    cpuSeconds: merged.cpuSeconds + scored.cpuSeconds,
    rssMib: Math.max(merged.rssMib, scored.rssMib),
  };
}

function shortest<T extends { readonly seconds: number }>(measurements: readonly T[]): T {
  return measurements.reduce((best, next) => (next.seconds < best.seconds ? next : best));
}

function roundCase(row: BenchCase): BenchCase {
  const entries = Object.entries(row).map(([key, value]) => [
    key,
    typeof value === "number" ? Math.round(value * 1000) / 1000 : value,
  ]);
  return Object.fromEntries(entries) as unknown as BenchCase;
}
