import { Document } from "yaml";
import type { Operator } from "./breed-settings.ts";

/** What a child is made of. */
export interface ChildRecipe {
  readonly operator: Operator;
  /** Paths of the parents, the better one first. */
  readonly parents: readonly [string, string];
  /** Path of the pool's base. */
  readonly base: string | undefined;
  readonly dtype: string | undefined;
  /** Share of the second parent, from 0 to 1; undefined: as the operator's parameters say. */
  readonly mix: number | undefined;
}

/** Writes the recipe of a child, as mergekit reads it. */
export function childRecipe({ operator, parents, base, dtype, mix }: ChildRecipe): string {
  const { mergeMethod, parameters, mixing } = operator;
  const [first, second] = parents;
  const baseModel = operator.base === "first" ? first : operator.base === "pool" ? base : undefined;
  const weight = typeof parameters["weight"] === "number" ? parameters["weight"] : 1;
  const isWeighted = mixing === "weight" && mix !== undefined;
  const own = (share: number) => (isWeighted ? { parameters: { weight: 2 * weight * share } } : {});
  const { weight: _, ...unweighted } = parameters;
  const shared = isWeighted ? unweighted : mixing === "t" && mix !== undefined ? { ...parameters, t: mix } : parameters;
  const recipe = {
    merge_method: mergeMethod,
    ...(baseModel === undefined ? {} : { base_model: baseModel }),
    models: [
      { model: first, ...own(1 - (mix ?? 0.5)) },
      { model: second, ...own(mix ?? 0.5) },
    ],
    ...(Object.keys(shared).length === 0 ? {} : { parameters: shared }),
    ...(dtype === undefined ? {} : { dtype }),
  };
  return new Document(recipe, { version: "1.1", aliasDuplicateObjects: false }).toString({ lineWidth: 0 });
}
