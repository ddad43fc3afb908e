/** The kinship paper's table on the zoo's pairs: does the similarity of two models go with the gain of their merge? */

import { createRandom, type Random } from "../../src/base/philox.ts";
import { correlation, meanOf } from "../../src/select/features/statistics.ts";
import { METRICS, similarity } from "../../src/select/kinship/similarity.ts";
import { isComplete, zooPairs } from "./pair-table.ts";
import { ZOO_TASKS, type ZooBench } from "./zoo-bench.ts";
import { PAIR_OPERATORS } from "./zoo-operators.ts";

const PERMUTATIONS = 10_000;

/** Two models, by their places, and what their merge was worth more than they are on average. */
interface PairGain {
  readonly a: number;
  readonly b: number;
  readonly gain: number;
}

/**
 * Correlates, for each operator and metric. Pairs share models, so p is by Mantel's test: models change their names in the
 * table of similarities, pairs keep their gains.
 *
 * @source Mantel 1967, "The detection of disease clustering and a generalized regression approach", Cancer Research 27
 */
export async function studyGain(bench: ZooBench): Promise<unknown> {
  const totals = (await bench.pool()).all;
  const tables = METRICS.map((metric) => ({
    metric,
    table: totals.map((row) => row.map((pair) => similarity(metric, pair))),
  }));
  const without = bench.models.filter((model) => model !== "overfit");
  const rows = [];
  for (const operator of PAIR_OPERATORS) {
    for (const [pool, models] of [["all", bench.models] as const, ["without overfit", without] as const]) {
      const gains = await gainsOf(bench, operator, models);
      const places = models.map((model) => bench.models.indexOf(model));
      for (const { metric, table } of tables) {
        rows.push({ operator, pool, metric, pairs: gains.length, ...test(gains, table, places) });
      }
    }
  }
  return rows;
}

async function gainsOf(bench: ZooBench, operator: string, models: readonly string[]): Promise<readonly PairGain[]> {
  const score = async (tree: Parameters<ZooBench["values"]>[0]): Promise<number> => {
    const all = [];
    for (const task of ZOO_TASKS) all.push(meanOf(await bench.values(tree, task, "search")));
    return meanOf(all);
  };
  const gains: PairGain[] = [];
  for (const pair of zooPairs(bench.models)) {
    if (!pair.every((name) => models.includes(name)) || !isComplete(bench, pair, [operator])) continue;
    const [a, b] = pair.map((name) => bench.models.indexOf(name)) as [number, number];
    const parents = ((await score(pair[0])) + (await score(pair[1]))) / 2;
    gains.push({ a, b, gain: (await score({ operator, parents: pair })) - parents });
  }
  return gains;
}

interface Correlation {
  readonly r: number;
  readonly p: number;
}

/** With the gain, and with its size. */
interface GainTest {
  readonly gain: Correlation;
  readonly size: Correlation;
}

function test(gains: readonly PairGain[], table: readonly (readonly number[])[], places: readonly number[]): GainTest {
  const random = createRandom({ seed: 11, counter: 0 });
  const renamings = Array.from({ length: PERMUTATIONS }, () => shuffled(places, random));
  const result = (map: (gain: number) => number): Correlation => {
    const y = gains.map(({ gain }) => map(gain));
    const r = correlation(
      gains.map(({ a, b }) => table[a]![b]!),
      y,
    );
    const asLarge = renamings.filter((names) => {
      const drawn = correlation(
        gains.map(({ a, b }) => between(table, names[a]!, names[b]!)),
        y,
      );
      return Math.abs(drawn) >= Math.abs(r) - 1e-12;
    });
    return { r, p: (asLarge.length + 1) / (PERMUTATIONS + 1) };
  };
  return { gain: result((gain) => gain), size: result(Math.abs) };
}

/** Only one half of a table need be filled. */
function between(table: readonly (readonly number[])[], a: number, b: number): number {
  return table[a]?.[b] ?? table[b]![a]!;
}

/** Where each place goes: the places change among themselves, others are not asked for. */
function shuffled(places: readonly number[], random: Random): Readonly<Record<number, number>> {
  const left = [...places];
  for (let i = left.length - 1; i > 0; i--) {
    const j = random.nextBelow(i + 1);
    [left[i], left[j]] = [left[j]!, left[i]!];
  }
  return Object.fromEntries(places.map((place, i) => [place, left[i]!]));
}
