import { createRandom, type Random } from "../../base/philox.ts";
import type { BreedPool, PoolModel } from "./breed-pool.ts";
import type { BreedSettings } from "./breed-settings.ts";
import type { BreedEnd } from "./greedy.ts";

const EPSILON = 1e-6;
/** Shares of the second parent are drawn from here: a child with less of one parent is nearly the other. */
const [LEAST_MIX, MOST_MIX] = [0.2, 0.8];

/**
 * Breeding that keeps specialists: models compete for items, as niches, instead of for one score.
 *
 *     s_ij          value of item j for model i, from 0 to 1
 *     z_j           Σ_i s_ij: how many models live on item j
 *     fitness_i     Σ_j s_ij / (z_j + ε)                          "competition"
 *     attraction    Σ_j max(s_bj − s_aj, 0) / (z_j + ε)           what b has and a lacks
 *
 * A first parent is drawn by fitness, a second by its attraction to the first, and how much of each the child has is drawn
 * too. When the archive is full, the model with the least fitness leaves, but never the best of all items.
 *
 * Ours: the share of the second parent is one number, where the paper also draws the layer at which parents change places.
 *
 * @source Abrantes, Lange & Tang 2025, "Competition and Attraction Improve Model Fusion", https://arxiv.org/abs/2508.16204
 */
export async function breedArchive(pool: BreedPool, settings: BreedSettings): Promise<BreedEnd> {
  const random = createRandom({ seed: settings.seed, counter: 0 });
  let archive = pool.ranked().map(({ name }) => name);
  if (archive.length < 2) return { generations: [], stoppedBy: "nothing to merge" };
  archive = keepFittest(pool, archive, settings.archiveSize);
  const generations = [];
  for (let n = 1; n <= settings.merges; n++) {
    const members = archive.map((name) => pool.find(name));
    const first = draw(fitnesses(members), random);
    const second = drawPartner(members, first, random);
    const parents = [members[first]!.name, members[second]!.name];
    const mix =
      settings.operator.mixing === "none" ? {} : { mix: LEAST_MIX + (MOST_MIX - LEAST_MIX) * random.nextUniform() };
    const child = await pool.add(`a-${n}`, { role: "archive", generation: n, parents, ...mix });
    if (child.score !== undefined) archive = keepFittest(pool, [...archive, child.name], settings.archiveSize);
    generations.push({ generation: n, top: archive, kinship: Number.NaN });
  }
  return { generations, stoppedBy: "merges" };
}

/** Drops the least fit, one after the other, since each that leaves makes room on its items. */
function keepFittest(pool: BreedPool, archive: readonly string[], size: number): string[] {
  const kept = [...archive];
  while (kept.length > size) {
    const members = kept.map((name) => pool.find(name));
    const scores = members.map(({ score }) => score ?? Number.NEGATIVE_INFINITY);
    const best = scores.indexOf(Math.max(...scores));
    const fitness = fitnesses(members).map((value, i) => (i === best ? Number.POSITIVE_INFINITY : value));
    kept.splice(fitness.indexOf(Math.min(...fitness)), 1);
  }
  return kept;
}

function crowding(members: readonly PoolModel[]): readonly number[] {
  const items = Math.max(...members.map(({ values }) => values.length));
  return Array.from({ length: items }, (_, j) => members.reduce((sum, { values }) => sum + worth(values, j), 0));
}

/** Values may be missing or above 1 (a metric in percent); what counts is between 0 and 1. */
function worth(values: readonly number[], item: number): number {
  const value = values[item] ?? 0;
  return Number.isNaN(value) ? 0 : Math.min(1, Math.max(0, value));
}

function fitnesses(members: readonly PoolModel[]): readonly number[] {
  const z = crowding(members);
  return members.map(({ values }) => z.reduce((sum, crowd, j) => sum + worth(values, j) / (crowd + EPSILON), 0));
}

function drawPartner(members: readonly PoolModel[], first: number, random: Random): number {
  const z = crowding(members);
  const own = members[first]!.values;
  const attractions = members.map(({ values }, i) =>
    i === first
      ? 0
      : EPSILON +
        z.reduce((sum, crowd, j) => sum + Math.max(0, worth(values, j) - worth(own, j)) / (crowd + EPSILON), 0),
  );
  return draw(attractions, random);
}

/** Draws an index with a probability in proportion to its weight; all alike if every weight is zero. */
function draw(weights: readonly number[], random: Random): number {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (!(total > 0)) return random.nextBelow(weights.length);
  let rest = random.nextUniform() * total;
  for (const [i, weight] of weights.entries()) {
    rest -= weight;
    if (rest < 0 && weight > 0) return i;
  }
  return weights.findLastIndex((weight) => weight > 0);
}
