/** A recipe to begin with, looked through down to the models themselves. */

import type { Model } from "../model/model.ts";
import type { MergeWork, Plan, PlannedInput, PlannedTensor } from "../recipe/plan.ts";
import { searchErrors } from "./errors.ts";

/** A recipe to begin with, planned. */
export interface StartRecipe {
  readonly plan: Plan;
  /** Merges of the same text, by the models that stand for them. */
  readonly merges: ReadonlyMap<Model, Plan>;
  /** The search's models, opened as the plan's were, in its order. */
  readonly models: readonly Model[];
  readonly base: Model | undefined;
  /** `file:line:column` of what names the recipe. */
  readonly where: string;
}

/** A tensor of the output, and the merge that it comes from. */
export interface StartTensor {
  /** In the output. */
  readonly name: string;
  readonly plan: Plan;
  readonly work: MergeWork;
}

/** Says that a search cannot begin there. */
export function badStart({ where }: Pick<StartRecipe, "where">, problem: string): Error {
  return searchErrors.bad_start({ where, problem });
}

/**
 * Returns the tensors that go through a method, each with the merge that makes it; of several documents that put merges
 * one behind the other these are the merges.
 *
 * @param layers - of every model.
 * @throws search/bad_start where layers stand in another order than in the models, are missing, or are scaled.
 */
export function startTensors(start: StartRecipe, layers: number): readonly StartTensor[] {
  const depth = new Set(start.plan.tensors.map(({ name }) => layerOf(name)).filter((layer) => layer !== undefined))
    .size;
  if (depth !== layers) throw badStart(start, `it has ${depth} layers, and the models have ${layers}`);
  return start.plan.tensors.flatMap((tensor) => {
    const { plan, made } = findMerge(start, start.plan, tensor);
    const { work } = made;
    const inputs =
      work.kind === "copy" ? [work.from] : [...work.models, ...(work.base === undefined ? [] : [work.base])];
    const layer = layerOf(tensor.name);
    if (inputs.some((input) => layerOf(input.tensor) !== layer))
      throw badStart(start, `its ${tensor.name} comes from another layer, and the search keeps the order of layers`);
    return work.kind === "copy" ? [] : [{ name: tensor.name, plan, work }];
  });
}

function findMerge(start: StartRecipe, plan: Plan, tensor: PlannedTensor): { plan: Plan; made: PlannedTensor } {
  const input = plan.method === "passthrough" ? inputOf(tensor) : undefined;
  const merge = input && start.merges.get(originalOf(plan, input.model));
  if (input === undefined || merge === undefined) return { plan, made: tensor };
  if (scaleOf(tensor) !== 1) throw badStart(start, `its ${tensor.name} is scaled`);
  return findMerge(start, merge, merge.tensors.find(({ name }) => name === input.tensor)!);
}

/** The model as it was before its vocabulary was aligned. */
export function originalOf(plan: Plan, index: number): Model {
  const { model, original } = plan.models[index]!;
  return original ?? model;
}

/** The only input of a tensor that is passed through. */
export function inputOf({ work }: PlannedTensor): PlannedInput | undefined {
  return work.kind === "copy" ? work.from : work.models[0];
}

/** The factor of a tensor that is passed through. */
export function scaleOf({ work }: PlannedTensor): number {
  if (work.kind === "copy") return 1;
  const [scale] = work.settings["scale"] as readonly (number | null)[];
  return scale ?? 1;
}

/** The first number in a tensor's name; undefined for embeddings, the final norm and the head. */
export function layerOf(tensor: string): number | undefined {
  const found = /(?:^|\.)(\d+)\./.exec(tensor);
  return found === null ? undefined : Number(found[1]);
}
