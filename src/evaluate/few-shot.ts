import type { Json } from "../base/canonical-json.ts";
import type { Dataset } from "./dataset.ts";
import { evaluateErrors } from "./errors.ts";
import { contentOf, type Item } from "./item.ts";
import { createPythonRandom } from "./python-random.ts";
import type { TaskKeys } from "./task-keys.ts";
import type { TaskSource } from "./task-source.ts";

/** Chooses the examples that stand before an item. */
export type FewShotSampler = (item: Item) => readonly Item[];

/** The seed that lm-evaluation-harness draws examples with. */
const SEED = 1234;

/**
 * Returns what chooses a task's examples: `num_fewshot` of them, never the item itself.
 *
 * They come from the few-shot split, else the given samples, else the training split, else the validation split, else
 * the item's own split. The default sampler draws as the harness does, so that an item has the same examples there:
 * one stream for the whole split, of which each item takes its part in the order of the file. So the examples depend
 * on the item's place alone.
 *
 * @throws evaluate/too_few_examples, when it is used.
 */
export function createFewShotSampler(keys: TaskKeys, dataset: Dataset, source: TaskSource): FewShotSampler {
  const count = keys.num_fewshot;
  if (count === 0) return () => [];
  const { samples, sampler } = keys.fewshot_config;
  const named = keys.fewshot_config.split ?? keys.fewshot_split;
  const given = samples === undefined ? undefined : toExamples(samples as readonly Item["fields"][]);
  const split = named ?? (given === undefined ? (keys.training_split ?? keys.validation_split) : undefined);
  const poolOf = (item: Item): readonly Item[] =>
    split === undefined ? (given ?? dataset.read(item.split)) : dataset.read(split);
  // The harness leaves the item out where the few-shot split is the test split, neither being named included.
  const leavesOut = (item: Item): boolean =>
    named === keys.test_split || (split ?? (given === undefined ? item.split : undefined)) === item.split;

  const choose = (from: readonly Item[]): readonly Item[] => {
    if (from.length >= count) return from.slice(0, count);
    const where = source.at(["num_fewshot"]);
    throw evaluateErrors.too_few_examples({ where, wanted: count, available: from.length });
  };
  if (sampler === "first_n") {
    return (item) => {
      const pool = poolOf(item);
      return choose(leavesOut(item) ? without(pool, item) : pool);
    };
  }
  const drawn = new Map<string, Draws>();
  return (item) => {
    const pool = poolOf(item);
    const draws = drawn.get(item.split) ?? new Draws(pool, count);
    drawn.set(item.split, draws);
    const left = leavesOut(item) ? dataset.read(item.split) : undefined;
    return choose(draws.of(item.index, left));
  };
}

/** The draws for the items of one split, made in order and kept. */
class Draws {
  readonly #random = createPythonRandom(SEED);
  readonly #made: (readonly Item[])[] = [];
  readonly #pool: readonly Item[];
  readonly #count: number;

  constructor(pool: readonly Item[], count: number) {
    this.#pool = pool;
    this.#count = count;
  }

  /** @param leftOut - the items of the split, each of which is not to be its own example. */
  of(index: number, leftOut: readonly Item[] | undefined): readonly Item[] {
    while (this.#made.length <= index) this.#made.push(this.#draw(leftOut?.[this.#made.length]));
    return this.#made[index]!;
  }

  #draw(leftOut: Item | undefined): readonly Item[] {
    if (leftOut === undefined) return this.#sample(this.#pool, this.#count);
    // One more than needed, in case the item is among them; if equal items were, again from what is left.
    const rest = without(this.#sample(this.#pool, Math.min(this.#count + 1, this.#pool.length)), leftOut);
    if (rest.length >= this.#count) return rest.slice(0, this.#count);
    return this.#sample(without(this.#pool, leftOut), this.#count);
  }

  #sample(pool: readonly Item[], count: number): readonly Item[] {
    if (pool.length < count) return pool;
    return this.#random.sample(pool.length, count).map((i) => pool[i]!);
  }
}

function without(pool: readonly Item[], item: Item): readonly Item[] {
  return pool.filter((other) => contentOf(other) !== contentOf(item));
}

function toExamples(samples: readonly { readonly [name: string]: Json }[]): readonly Item[] {
  return samples.map((fields, index) => ({
    split: "fewshot_config.samples",
    index,
    where: `fewshot_config.samples.${index}`,
    fields,
    absent: new Set<string>(),
  }));
}
