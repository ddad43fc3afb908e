/** Plans a merge, writes it, and reads a plain text with it if it is small. */

import { join } from "node:path";
import { formatSize } from "../base/size.ts";
import { isMergeOf } from "../merge/lineage.ts";
import { type MergeReport, mergeRecipe } from "../merge/merge-recipe.ts";
import { openVirtualMerge } from "../merge/open-source.ts";
import type { MergeThreads } from "../merge/worker-pool.ts";
import { openModelAndSource } from "../model/open-model.ts";
import type { Plan, PlannedModel } from "../recipe/plan.ts";
import { elementCount } from "../tensor/shape.ts";
import type { CliIo } from "./cli-io.ts";
import { formatDuration, startProgress } from "./progress.ts";
import { readGoodRecipeQuickly, readRecipe } from "./read-recipe.ts";
import { type RecipeFlags, recipeOptions } from "./recipe-options.ts";
import type { SanityReport } from "./sanity-check.ts";

/** Flags of `merganser merge`. */
export interface MergeFlags extends RecipeFlags {
  readonly threads?: number;
  readonly memory: number;
  readonly overwrite?: true;
  /** Read before the merge begins. */
  readonly download?: true;
  readonly resume?: true;
  readonly outShardSize: number;
  readonly intermediateDir?: string;
  /** Undefined if only small models are checked. */
  readonly check?: boolean;
  readonly json?: true;
}

interface WriteFlags extends MergeFlags {
  readonly started?: MergeThreads;
  readonly onStarted?: () => void;
}

/**
 * Merges a recipe and prints what was written.
 *
 * @param started - threads for the merge, ended by the caller.
 * @throws what planning and merging raise.
 */
export async function runMerge(
  recipe: string,
  out: string,
  { started, ...flags }: MergeFlags & { readonly started: MergeThreads },
  io: CliIo,
): Promise<void> {
  const startMs = io.now();
  const { plan, warn } = readGoodRecipeQuickly(recipe, recipeOptions(flags), io);
  if (flags.intermediateDir !== undefined) warn();
  const final = flags.intermediateDir === undefined ? plan : await writeIntermediates(recipe, flags, plan, io);
  // Threads that have work to do need not wait for what takes time and stops nothing.
  const report = await writeMerge(final, out, { ...flags, started, onStarted: warn }, io).finally(warn);
  const seconds = (io.now() - startMs) / 1000;
  const sanity = await sanityOf(final, report.path, flags, io);
  if (flags.json) {
    io.print(JSON.stringify({ ...report, seconds, sanity: sanity ?? null }));
    return;
  }
  const rate = `${formatSize(report.bytes / seconds)}/s`;
  const amount = `${report.tensors} tensors, ${formatSize(report.bytes)}`;
  io.print(`${report.path}: ${amount} in ${formatDuration(seconds)} (${rate}); verified`);
}

/** Larger merges are read when it is asked for: that takes seconds. */
const SMALL_ELEMENTS = 150e6;

/** Reads a plain text with a merge and its parents, and warns of a merge that reads it far worse. */
async function sanityOf(plan: Plan, path: string, flags: MergeFlags, io: CliIo): Promise<SanityReport | undefined> {
  const elements = plan.tensors.reduce((sum, { shape }) => sum + elementCount(shape), 0);
  if (!(flags.check ?? elements <= SMALL_ELEMENTS)) return undefined;
  // The engine takes a while to load, and large merges go without it.
  const { checkSanity, describeSanity } = await import("./sanity-check.ts");
  const { threads = io.cores, memory: memoryBytes } = flags;
  const parents = plan.models.map(({ model, original }) => original ?? model);
  const sanity = await checkSanity(path, parents, { threads, memoryBytes, signal: io.signal });
  if (sanity?.isFarWorse === true) io.note(describeSanity(path, sanity));
  return sanity;
}

async function writeMerge(plan: Plan, outPath: string, flags: WriteFlags, io: CliIo): Promise<MergeReport> {
  const bar = startProgress(io, "bytes");
  return await mergeRecipe(plan, {
    outPath,
    threads: flags.threads ?? io.cores,
    memoryBytes: flags.memory,
    overwrite: flags.overwrite === true,
    resume: flags.resume === true,
    maxShardBytes: flags.outShardSize,
    signal: io.signal,
    ...(flags.started === undefined ? {} : { started: flags.started }),
    ...(flags.onStarted === undefined ? {} : { onStarted: flags.onStarted }),
    onProgress: ({ tensor, doneBytes, totalBytes }) =>
      bar.update({ done: doneBytes, total: totalBytes, label: tensor }),
  }).finally(() => bar.end());
}

/**
 * Writes the named merges one after the other; those that are there already, of the same recipe, seed and inputs, are kept.
 *
 * @returns the final merge's plan, which reads what was written.
 */
async function writeIntermediates(recipe: string, flags: MergeFlags, virtual: Plan, io: CliIo): Promise<Plan> {
  const folderOf = (name: string): string => join(flags.intermediateDir!, name);
  const written = new Set<string>();
  const openMerge = (plan: Plan): PlannedModel =>
    written.has(plan.name) ? openModelAndSource(folderOf(plan.name)) : openVirtualMerge(plan);
  for (;;) {
    const { plan, intermediates } = readRecipe(recipe, { ...recipeOptions(flags), openMerge });
    const next = intermediates.find(({ name }) => !written.has(name));
    if (next === undefined) return plan ?? virtual;
    const folder = folderOf(next.name);
    if (isMergeOf(next, folder)) io.note(`${folder}: is up to date`);
    else {
      const { resume: _onlyTheFinal, ...rest } = flags;
      const { bytes } = await writeMerge(next, folder, { ...rest, overwrite: true }, io);
      io.note(`${folder}: ${formatSize(bytes)}`);
    }
    written.add(next.name);
  }
}
