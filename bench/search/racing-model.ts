/**
 * Searches of a made-up objective whose best point is known, to see what racing costs and saves over many seeds:
 * `node bench/search/racing-model.ts [SEEDS] [ITEMS]`.
 *
 * An item is right where a candidate's ability exceeds the item's difficulty; ability is quadratic in 8 weights, with a
 * slope of its own for each item. Numbers are drawn so that the start and the best point score what the zoo's do.
 */

import { createRandom, type Random } from "../../src/base/philox.ts";
import { cmaEs } from "../../src/optim/cma-es.ts";
import { isClearlyWorse, itemsOfBlock, type RacingValues } from "../../src/search/racing.ts";
import type { ItemBlock } from "../../src/search/task-evaluation.ts";

const WEIGHTS = 8;
const POPULATION = 10;
const [SEARCH, FINAL, HOLDOUT] = [120, 80, 1000];
const FULL_CANDIDATES = 200;
const FINALISTS = 8;
const KEEP = 0.5;
const TASK = { name: "t", metric: "m", aggregation: "mean" as const, higherIsBetter: true };

interface Item {
  readonly name: string;
  readonly difficulty: number;
  readonly slope: readonly number[];
}

/** How candidates meet the items. */
interface Policy {
  readonly name: string;
  readonly confidence: number;
  /** Undefined for all items at once. */
  readonly blocks?: (generation: number) => readonly (readonly Item[])[];
}

interface World {
  readonly items: readonly Item[];
  readonly isRight: (point: readonly number[], item: Item) => number;
  readonly random: Random;
}

function createWorld(seed: number): World {
  const random = createRandom({ seed, counter: 2 ** 50 });
  const best = Array.from({ length: WEIGHTS }, () => 0.35 + 0.3 * random.nextUniform());
  const curvature = best.map(() => 4 + 16 * random.nextUniform());
  const items = Array.from({ length: SEARCH + FINAL + HOLDOUT }, (_, i): Item => {
    const difficulty = 0.1 + 1.7 * random.nextNormal();
    return { name: `${i}`, difficulty, slope: best.map(() => 3.5 * random.nextNormal()) };
  });
  const isRight = (point: readonly number[], { difficulty, slope }: Item): number => {
    const ability = point.reduce((sum, x, i) => {
      const away = x - best[i]!;
      return sum - curvature[i]! * away ** 2 + slope[i]! * away;
    }, 0);
    return ability > difficulty ? 1 : 0;
  };
  return { items, isRight, random };
}

interface Runner {
  readonly id: number;
  readonly point: readonly number[];
  met: readonly Item[];
  right: readonly number[];
  blocks: number;
}

/** Returns the child's score on holdout and the items that the search took. */
function search(seed: number, policyFor: (items: readonly Item[]) => Policy, budget: number) {
  const { items, isRight } = createWorld(seed);
  const [searched, final] = [items.slice(0, SEARCH), items.slice(SEARCH, SEARCH + FINAL)];
  const policy = policyFor(searched);
  const space = Array.from({ length: WEIGHTS }, (_, i) => ({ name: `w${i}`, low: 0, high: 1, start: 0.53 }));
  let state = cmaEs.init(space, cmaEs.settings({ sigma: 0.2, population: POPULATION }, space), seed);
  const complete: Runner[] = [];
  let used = 0;
  for (let generation = 1; used + POPULATION * 40 < budget; generation++) {
    const runners = cmaEs
      .ask(state)
      .map(({ id, values }): Runner => ({ id, point: values, met: [], right: [], blocks: 0 }));
    let running: readonly Runner[] = runners;
    for (const [index, block] of (policy.blocks?.(generation) ?? [searched]).entries()) {
      if (index > 0) running = survivors(running, complete, policy.confidence);
      for (const runner of running) {
        used += block.length;
        runner.met = [...runner.met, ...block];
        runner.right = [...runner.right, ...block.map((item) => isRight(runner.point, item))];
        runner.blocks++;
      }
    }
    complete.push(...runners.filter(({ met }) => met.length === SEARCH));
    state = cmaEs.tell(
      state,
      runners.map((runner) => ({ id: runner.id, value: lossOf(runner, runners) })),
    );
    if (cmaEs.stop(state).length > 0) break;
  }
  const few = complete.toSorted((a, b) => mean(b.right) - mean(a.right)).slice(0, FINALISTS);
  const scoreOn = (point: readonly number[], part: readonly Item[]): number =>
    mean(part.map((item) => isRight(point, item)));
  const child = few.reduce((a, b) => (scoreOn(b.point, final) > scoreOn(a.point, final) ? b : a));
  return { used, holdout: scoreOn(child.point, items.slice(SEARCH + FINAL)) };
}

/** Who stopped earlier is never ranked before who went on. */
function lossOf(runner: Runner, all: readonly Runner[]): number {
  const ahead = all.filter(({ blocks }) => blocks > runner.blocks);
  return Math.max(...[runner, ...ahead].map(({ right }) => -mean(right)));
}

function survivors(running: readonly Runner[], complete: readonly Runner[], confidence: number): readonly Runner[] {
  const leader = complete.toSorted((a, b) => mean(b.right) - mean(a.right))[0];
  const hopeful = running.filter(
    (runner) => leader === undefined || !isClearlyWorse([TASK], toValues(runner), toValues(leader), confidence),
  );
  return hopeful.toSorted((a, b) => mean(b.right) - mean(a.right)).slice(0, Math.ceil(KEEP * hopeful.length));
}

function toValues({ met, right }: Runner): RacingValues {
  return { values: new Map([["t", right]]), items: new Map([["t", met.map(({ name }) => name)]]) };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

const equal = (items: readonly Item[]) =>
  [0, 1, 2, 3].map((i) => items.slice((i * items.length) / 4, ((i + 1) * items.length) / 4));
const doubled = (items: readonly Item[], turn: number) =>
  [0, 1, 2, 3].map((index) => itemsOfBlock(items, { index, blocks: 4, turn } satisfies ItemBlock));

const POLICIES: readonly ((items: readonly Item[]) => Policy)[] = [
  () => ({ name: "all items", confidence: 1 }),
  (items) => ({ name: "equal blocks, 0.9", confidence: 0.9, blocks: () => equal(items) }),
  (items) => ({ name: "doubled blocks, 0.97", confidence: 0.97, blocks: () => doubled(items, 0) }),
  (items) => ({
    name: "doubled blocks that begin elsewhere, 0.97",
    confidence: 0.97,
    blocks: (g) => doubled(items, g),
  }),
];

const [seeds = 40, raced = 9600] = process.argv.slice(2).map(Number);
let reference: readonly number[] = [];
for (const [i, policy] of POLICIES.entries()) {
  const budget = i === 0 ? FULL_CANDIDATES * SEARCH : raced;
  const runs = Array.from({ length: seeds }, (_, seed) => search(seed + 1, policy, budget));
  if (i === 0) reference = runs.map(({ holdout }) => holdout);
  const lost = runs.map(({ holdout }, k) => 100 * (holdout - reference[k]!));
  const half = (2 * Math.sqrt(mean(lost.map((d) => (d - mean(lost)) ** 2)))) / Math.sqrt(seeds);
  const items = Math.round(mean(runs.map(({ used }) => used)));
  process.stdout.write(
    `${policy([]).name}: ${items} items, holdout ${(100 * mean(runs.map(({ holdout }) => holdout))).toFixed(1)} %, ` +
      `against all items ${mean(lost).toFixed(1)} ± ${half.toFixed(1)} points\n`,
  );
}
