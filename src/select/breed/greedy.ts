import { type BreedPool, type PoolModel, pairsOf } from "./breed-pool.ts";
import type { BreedSettings, EarlyStop } from "./breed-settings.ts";

/** What a generation ended with. */
export interface Generation {
  readonly generation: number;
  /** The best models after it. */
  readonly top: readonly string[];
  /** Mean kinship among them; NaN where it was not asked for. */
  readonly kinship: number;
}

/** How breeding ended. */
export interface BreedEnd {
  readonly generations: readonly Generation[];
  readonly stoppedBy: "converged" | "kinship" | "unimproved" | "merges" | "generations" | "nothing to merge";
}

/**
 * Top-k greedy merging: generation 1 merges all pairs of the foundation; then the best k models are merged pair by pair
 * until they stay the same. Pairs that have a child are skipped, and every model stays in the pool.
 *
 * With the strategy "kinship" each generation from the second on also merges the best model with the one that is least
 * akin to it. The paper's algorithm is printed with "highest" there, against its text and its tables; `exploration`
 * gives that too.
 *
 * @source "Exploring Model Kinship for Merging Large Language Models", https://arxiv.org/abs/2410.12613, algorithm 1
 */
export async function breedGreedily(pool: BreedPool, settings: BreedSettings): Promise<BreedEnd> {
  const generations: Generation[] = [];
  const end = (stoppedBy: BreedEnd["stoppedBy"]): BreedEnd => ({ generations, stoppedBy });
  if (pool.ranked().length < 2) return end("nothing to merge");
  let top: readonly string[] = [];
  for (let generation = 1; generation <= settings.generations; generation++) {
    const before = pool.merges;
    const best = pool.ranked()[0]!.score;
    await mergeGeneration(pool, settings, generation);
    const next = topOf(pool, settings.topK);
    const kinship = settings.earlyStop?.kinship === undefined ? Number.NaN : await pool.meanKinship(next);
    generations.push({ generation, top: next, kinship });
    if (isSameSet(top, next) || pool.merges === before)
      return end(pool.merges < settings.merges ? "converged" : "merges");
    const isBetter = pool.ranked()[0]!.score > best;
    if (endsEarly(settings.earlyStop, generation, kinship, isBetter))
      return end(settings.earlyStop?.kinship === undefined ? "unimproved" : "kinship");
    if (pool.merges >= settings.merges) return end("merges");
    top = next;
  }
  return end("generations");
}

/**
 * Whether a generation is the last.
 *
 * @param kinship - mean among the top models after it; NaN is above nothing.
 * @param isBetter - whether it gave a better best model.
 */
export function endsEarly(
  stop: EarlyStop | undefined,
  generation: number,
  kinship: number,
  isBetter: boolean,
): boolean {
  if (stop === undefined || generation < stop.from) return false;
  const isAkin = stop.kinship === undefined || kinship > stop.kinship;
  return isAkin && !(stop.unimproved && isBetter);
}

async function mergeGeneration(pool: BreedPool, settings: BreedSettings, generation: number): Promise<void> {
  const ranked = pool.ranked();
  const chosen = generation === 1 ? ranked : ranked.slice(0, settings.topK);
  const pairs = bestPairs(chosen).slice(0, generation === 1 ? undefined : settings.topK);
  if (settings.strategy === "kinship" && generation > 1 && pool.merges < settings.merges) {
    const partner = await explorationPartner(pool, settings);
    const origin = { role: "exploration", generation } as const;
    if (partner !== undefined) await pool.add(`${generation}-exp`, { ...origin, parents: [ranked[0]!.name, partner] });
  }
  let id = 0;
  for (const [a, b] of pairs) {
    if (pool.merges >= settings.merges) return;
    if (pool.hasChild(a.name, b.name)) continue;
    id++;
    await pool.add(`${generation}-${id}`, { role: "pair", generation, parents: [a.name, b.name] });
  }
}

type Ranked = PoolModel & { readonly score: number };

/** Pairs by the sum of their scores; the better parent first. */
function bestPairs(ranked: readonly Ranked[]): readonly (readonly [Ranked, Ranked])[] {
  return pairsOf(ranked).toSorted(([a, b], [c, d]) => c.score + d.score - (a.score + b.score));
}

/** The model that was there before this generation, has no child with the best, and is least (or most) akin to it. */
async function explorationPartner(pool: BreedPool, { exploration }: BreedSettings): Promise<string | undefined> {
  const [best, ...others] = pool.ranked();
  let found: { readonly name: string; readonly kinship: number } | undefined;
  for (const { name } of others) {
    if (pool.hasChild(best!.name, name)) continue;
    const kinship = await pool.kinship(best!.name, name);
    if (Number.isNaN(kinship)) continue;
    const isBetter =
      found === undefined || (exploration === "lowest" ? kinship < found.kinship : kinship > found.kinship);
    if (isBetter) found = { name, kinship };
  }
  return found?.name;
}

function topOf(pool: BreedPool, k: number): readonly string[] {
  return pool
    .ranked()
    .slice(0, k)
    .map(({ name }) => name);
}

function isSameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name) => b.includes(name));
}
