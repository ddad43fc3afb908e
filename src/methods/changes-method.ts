/**
 * The methods that merge changes to a base: one algorithm, of which each method sets a sparsifier and whether signs are
 * voted on.
 *
 *     d_m = thin(x_m - base)                  entry by entry, what is left of the change of model m
 *     out = base + lambda * consensus(d)      see `Consensus`: a weighted sum, or the sum of those who agree
 *
 * Every step is rounded to the tensor's type. Sums over the models are from left to right.
 */

import { type Consensus, plainDivisor } from "../kernels/consensus.ts";
import { front } from "../kernels/front.ts";
import { roundToGrid } from "../kernels/grid.ts";
import { BLOCK_ELEMENTS, type Kernels } from "../kernels/kernels.ts";
import {
  ANY_NUMBER,
  type Block,
  flag,
  type Method,
  number,
  type ParamTable,
  requiredNumber,
  type Settings,
  type TensorFacts,
  type TensorMerge,
  type Tools,
} from "./method.ts";
import type { ChangeBlock, Sparsifier, SparsifierSettings, Thinning } from "./sparsify/sparsifier.ts";

/** What sets one of these methods apart. */
export interface ChangesMethod {
  readonly name: string;
  readonly title: string;
  readonly source: string;
  /** How changes are thinned out where the density is below 1; absent: the density has no effect. */
  readonly sparsifier?: Sparsifier;
  /** Whether entries whose sign loses the vote are left out. */
  readonly elect: boolean;
  /** Defaults of the settings of these names. */
  readonly normalize: boolean;
  readonly rescale: boolean;
}

function paramsOf({ normalize, rescale, sparsifier }: ChangesMethod) {
  return {
    weight: requiredNumber("model", ANY_NUMBER, "Factor on the model's change, and its say in a vote."),
    density: number(
      "model",
      1,
      sparsifier?.densities ?? ANY_NUMBER,
      "Share of the changes that is kept; 1 and above keeps all.",
    ),
    ...(sparsifier?.params as Record<never, never>),
    normalize: flag("merge", normalize, "Divide by the sum of the weights that count."),
    rescale: flag("merge", rescale, "Scale the changes that are kept to the L1 norm of all."),
    lambda: number("merge", 1, ANY_NUMBER, "Factor on the merged change."),
    int8_mask: flag("merge", false, "Has no effect; mergekit uses less memory with it."),
  } as const satisfies ParamTable;
}

type ChangesSettings = Settings<ReturnType<typeof paramsOf>>;

/** Declares one of these methods. */
export function defineChangesMethod(what: ChangesMethod): Method<ReturnType<typeof paramsOf>> {
  const { name, title, source, sparsifier } = what;
  const grain = sparsifier?.grain;
  return {
    name,
    title,
    source,
    base: "required",
    arity: [1, Number.POSITIVE_INFINITY],
    lone: "merge",
    params: paramsOf(what),
    ...(grain === undefined ? {} : { grain }),
    draws: (settings, n) => n * settings.weight.filter((_, m) => isDrawn(sparsifier, settings, m)).length,
    begin: (facts, settings, tools) => begin(what, facts, settings, tools),
  };
}

function begin(what: ChangesMethod, facts: TensorFacts, settings: ChangesSettings, tools: Tools): TensorMerge {
  const { n, dtype, shape, modelCount } = facts;
  const { kernels } = tools;
  const { sparsifier } = what;
  if (modelCount === 0) return { passes: [], apply: ({ base, out }) => out.set(base!) };

  const blockElements = Math.min(n, Math.max(BLOCK_ELEMENTS, sparsifier?.grain?.(shape) ?? 1));
  const changes = settings.weight.map(() => kernels.floats(blockElements));
  let drawn = 0;
  const thinnings = settings.weight.map((_, m): Thinning => {
    if (sparsifier === undefined || settings.density[m]! >= 1) return wholeChange(facts, tools);
    const word = drawn * n;
    if (isDrawn(sparsifier, settings, m)) drawn++;
    const random = () => tools.randomAt(word);
    const lent = { n, shape, dtype, kernels, blockElements, random, keepsRewrites: tools.keepsRewrites ?? false };
    return sparsifier.begin(thinningOf(settings, m), lent);
  });
  const consensus: Consensus = {
    dtype,
    weights: settings.weight.map((weight) => roundToGrid(dtype, weight)),
    vote: what.elect ? "weighted" : "none",
    normalize: settings.normalize,
    lambda: settings.lambda,
  };
  return {
    passes: lockstep(thinnings),
    rewrites: thinnings.some(({ rewrites }) => rewrites === true),
    apply: (block) => {
      const thinned = thinnings.map((thinning, m) => {
        const out = front(changes[m]!, block.out.length);
        thinning.apply(changeOf(block, m), out);
        return out;
      });
      kernels.applyChanges(consensus, block.base!, thinned, block.out);
    },
    ...storedSum(consensus, thinnings, kernels),
  };
}

/** Adds up what passes left of the changes, as it is stored, where no votes are taken. */
function storedSum(
  consensus: Consensus,
  thinnings: readonly Thinning[],
  kernels: Kernels,
): Pick<TensorMerge, "applyStored"> {
  const { dtype, vote, weights, lambda } = consensus;
  const factors = thinnings.flatMap(({ factor }) => (factor === undefined ? [] : [factor]));
  if (dtype !== "BF16" || vote !== "none" || factors.length < thinnings.length) return {};
  const divisor = plainDivisor(consensus);
  return {
    applyStored: ({ base, models }, out) =>
      kernels.storedSum(
        { inputs: models, weights, factors: factors.map((factor) => factor()), base: base!, divisor, lambda },
        out,
      ),
  };
}

function isDrawn(sparsifier: Sparsifier | undefined, settings: ChangesSettings, m: number): boolean {
  return sparsifier !== undefined && settings.density[m]! < 1 && sparsifier.draws(thinningOf(settings, m));
}

function thinningOf(settings: ChangesSettings, m: number): SparsifierSettings {
  const { gamma, epsilon } = settings as { readonly gamma?: readonly number[]; readonly epsilon?: readonly number[] };
  return {
    density: settings.density[m]!,
    gamma: gamma?.[m] ?? 0,
    epsilon: epsilon?.[m] ?? 0,
    norm: settings.rescale ? "l1" : undefined,
  };
}

function wholeChange({ dtype }: TensorFacts, { kernels }: Tools): Thinning {
  return { passes: [], apply: ({ change }, out) => kernels.subtract(dtype, change.values, change.base, out) };
}

function changeOf({ start, base, models }: Block, m: number): ChangeBlock {
  return { start, change: { values: models[m]!, base: base! } };
}

/** Runs the first passes of all models in one reading of the tensor, then the second ones, and so on. */
function lockstep(thinnings: readonly Thinning[]): TensorMerge["passes"] {
  if (thinnings.every(({ passes }) => Array.isArray(passes) && passes.length === 0)) return [];
  return (function* () {
    const models = thinnings.map(({ passes }, m) => ({ m, passes: passes[Symbol.iterator]() }));
    for (;;) {
      const due = models.flatMap(({ m, passes }) => {
        const { done, value } = passes.next();
        return done === true ? [] : [{ m, pass: value }];
      });
      if (due.length === 0) return;
      yield (block: Block) => {
        for (const { m, pass } of due) pass(changeOf(block, m));
      };
    }
  })();
}
