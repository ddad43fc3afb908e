import type { Space } from "../optim/optimiser.ts";
import { pathRecipe, type ScaleFolding } from "./layer-path.ts";
import { layerOrders } from "./layer-space.ts";
import { methodRecipe, methodVariables } from "./method-space.ts";
import { candidateRecipe, roundValues, searchSpace } from "./parameter-space.ts";
import type { Search } from "./search.ts";

/** What a space of layer orders needs to know of the models. */
export interface LayerFacts {
  /** Layers of each model, in the order of the search's models. */
  readonly depths: readonly number[];
  /** Undefined where scales cannot be written into the weights. */
  readonly folding: ScaleFolding | undefined;
}

/** The points of a search and the recipes that they stand for. */
export interface CandidateSpace {
  readonly variables: Space;
  /** Rounds a point to the digits that its recipe shows, so that the recipe that is written is the one that was scored. */
  round(values: readonly number[]): readonly number[];
  /** Writes the recipe of a rounded point. @throws search/bad_path for points that are no model */
  recipe(values: readonly number[]): string;
}

/**
 * Returns the space of a search.
 *
 * @param layers - of every model; used by searches of layer groups.
 * @param facts - used by searches of layer orders.
 */
export function candidateSpace(search: Search, layers: number, facts: LayerFacts | undefined): CandidateSpace {
  const { order, methods } = search.space;
  if (methods !== undefined) {
    const variables = methodVariables(search);
    return {
      variables,
      round: (values) => roundValues(variables, values),
      recipe: (values) => methodRecipe(search, values, layers),
    };
  }
  if (order === undefined) {
    const variables = searchSpace(search);
    return {
      variables,
      round: (values) => roundValues(variables, values),
      recipe: (values) => candidateRecipe(search, values, layers),
    };
  }
  const depths = facts?.depths ?? search.models.map(() => layers);
  const orders = layerOrders(order, depths);
  const models = { models: search.models, dtype: search.dtype, folding: facts?.folding };
  return {
    variables: orders.variables,
    round: (values) => roundValues(orders.variables, values),
    recipe: (values) => pathRecipe(models, orders.path(values)),
  };
}

/** Where a bit begins that a start has set: the optimiser keeps both options open. */
const LIKELY = 0.9;

/** Returns the same variables with another start. @param values - [N], inside the bounds. */
export function startingAt(space: Space, values: readonly number[]): Space {
  return space.map((variable, i) => {
    const isBit = variable.kind === "choice" && variable.low === 0 && variable.high === 1;
    const value = values[i]!;
    return { ...variable, start: isBit ? (value === 1 ? LIKELY : 1 - LIKELY) : value };
  });
}
