import { averageFeatures, type Features } from "./features/pair-features.ts";
import { pairKey, type Question } from "./learn/example.ts";
import { explainPrediction, predictScores, type Reason, type Selector } from "./learn/selector.ts";

/** One merge of a sequence: what was merged so far, with one more model. */
export interface Step {
  readonly model: string;
  readonly operator: string;
  /** Expected of the merge after this step. */
  readonly score: number;
}

/** A multi-way merge: a model, and what is merged into it, one after the other. */
export interface SequencePlan {
  readonly first: string;
  readonly steps: readonly Step[];
  /** Expected of the last merge, or of the first model where there are no steps. */
  readonly score: number;
}

/** What planning goes by. */
export interface Planning {
  readonly selector: Selector;
  readonly task: string;
  /** Names and scores on the task. */
  readonly models: ReadonlyMap<string, number>;
  /** Features of two models, in this order. */
  readonly featuresOf: (a: string, b: string) => Features;
  /**
   * Features of an intermediate merge with a model. Undefined: the mean over the features of its constituents with that
   * model, each by its share of the merge, which costs nothing.
   */
  readonly recompute?: (made: SequencePlan, model: string) => Promise<Features>;
  /** Models of the merge at most. */
  readonly size: number;
  /** Sequences kept at each length; where every model must be merged, for each set of models. */
  readonly beam: number;
  /** Whether shorter sequences are plans too; else all have `size` models, if there are as many. @default true */
  readonly mayBeShorter?: boolean;
}

/**
 * Plans a merge of several models: which, in which order, by which operators; by beam search over predicted scores. A merge
 * of m models is m − 1 merges of two, and only one sequence is carried out in the end.
 *
 * Where every model must be merged, a sequence competes only with those that have merged the same models so far: a bad
 * model does least harm when it comes first, since each later step halves its share, but such a start looks bad.
 *
 * @returns the best plans, the best first.
 */
export async function planSequence(planning: Planning): Promise<readonly SequencePlan[]> {
  const { models, size, beam, mayBeShorter = true } = planning;
  const mustUseAll = !mayBeShorter && models.size <= size;
  let front: readonly SequencePlan[] = [...models].map(([first, score]) => ({ first, steps: [], score }));
  const found: SequencePlan[] = mayBeShorter ? [...front] : [];
  for (let length = 2; length <= Math.min(size, models.size); length++) {
    const longer: SequencePlan[] = [];
    for (const plan of front) longer.push(...(await extend(plan, planning)));
    front = mustUseAll ? bestOfEachSet(distinct(longer), beam) : distinct(longer).slice(0, beam);
    if (mayBeShorter || length === Math.min(size, models.size)) found.push(...front);
  }
  return best(found).slice(0, beam);
}

async function extend(plan: SequencePlan, planning: Planning): Promise<SequencePlan[]> {
  const used = modelsOf(plan);
  const plans: SequencePlan[] = [];
  for (const [model, own] of planning.models) {
    if (used.includes(model)) continue;
    const question = await questionOf(plan, model, own, planning);
    for (const { operator, score } of predictScores(planning.selector, question)) {
      plans.push({ first: plan.first, steps: [...plan.steps, { model, operator, score }], score });
    }
  }
  return plans;
}

/** What is asked of merging one more model into a plan. */
async function questionOf(plan: SequencePlan, model: string, own: number, planning: Planning): Promise<Question> {
  const features = await featuresWith(plan, model, planning);
  return { pair: [plan.first, model], task: planning.task, features, parents: [plan.score, own] };
}

/** Says which figures spoke for or against each step of a plan. @param planning - what the plan was made by. */
export async function explainPlan(plan: SequencePlan, planning: Planning): Promise<readonly (readonly Reason[])[]> {
  const reasons: (readonly Reason[])[] = [];
  let made: SequencePlan = { first: plan.first, steps: [], score: planning.models.get(plan.first)! };
  for (const step of plan.steps) {
    const question = await questionOf(made, step.model, planning.models.get(step.model)!, planning);
    reasons.push(explainPrediction(planning.selector, question, step.operator));
    made = { first: plan.first, steps: [...made.steps, step], score: step.score };
  }
  return reasons;
}

function featuresWith(
  plan: SequencePlan,
  model: string,
  { featuresOf, recompute }: Planning,
): Features | Promise<Features> {
  if (plan.steps.length === 0) return featuresOf(plan.first, model);
  if (recompute !== undefined) return recompute(plan, model);
  return averageFeatures(
    modelsOf(plan).map((one) => featuresOf(one, model)),
    sharesOf(plan),
  );
}

/** What each model has of a merge in which every step takes half of what was there and half of the new one. */
function sharesOf({ steps }: SequencePlan): readonly number[] {
  return [2 ** -steps.length, ...steps.map((_, i) => 2 ** (i - steps.length))];
}

/** All models of a plan, in order. */
export function modelsOf({ first, steps }: SequencePlan): readonly string[] {
  return [first, ...steps.map(({ model }) => model)];
}

function best(plans: readonly SequencePlan[]): readonly SequencePlan[] {
  return plans.toSorted((a, b) => b.score - a.score);
}

/** The best few sequences of every set of models, the best first. */
function bestOfEachSet(sorted: readonly SequencePlan[], count: number): readonly SequencePlan[] {
  const groups = Map.groupBy(sorted, (plan) => JSON.stringify(modelsOf(plan).toSorted()));
  return best([...groups.values()].flatMap((own) => own.slice(0, count)));
}

/** Of two models in either order by one operator, only the better is kept: they are nearly the same merge. */
function distinct(plans: readonly SequencePlan[]): readonly SequencePlan[] {
  const seen = new Set<string>();
  return best(plans).filter(({ first, steps }) => {
    if (steps.length !== 1) return true;
    const key = `${pairKey([first, steps[0]!.model])} ${steps[0]!.operator}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
