import {
  isSameModel,
  type ModelReference,
  type ParameterMap,
  type Recipe,
  type RecipeModule,
  type Source,
} from "./recipe.ts";
import type { Place } from "./report.ts";

/** A slice's inputs as the recipe names them; `models` are one slice. */
export interface NamedSlice {
  /** As a sentence names it: `slices.0`, `models`. */
  readonly name: string;
  readonly sources: readonly Source[];
  /** The slice's own base model, else the recipe's. */
  readonly base: ModelReference | undefined;
  readonly parameters: ParameterMap;
  readonly place: Place;
  readonly module: RecipeModule;
}

/**
 * Returns the slices of a recipe, module by module. Under `models`, a base that is not listed is added as the last source,
 * without parameters of its own.
 */
export function slicesOf({ modules, base }: Recipe): readonly NamedSlice[] {
  return modules.flatMap((module) => slicesOfModule(module, base));
}

/** Returns the slices of one module. */
export function slicesOfModule(module: RecipeModule, base: ModelReference | undefined): readonly NamedSlice[] {
  const { layout, name } = module;
  const prefix = name === undefined || name === "default" ? "" : `modules.${name}.`;
  if (layout.kind === "slices") {
    return layout.slices.map((slice, i) => ({
      ...slice,
      name: `${prefix}slices.${i}`,
      base: slice.base ?? base,
      module,
    }));
  }
  const { sources, place } = layout;
  const isListed = base === undefined || sources.some((source) => isSameModel(source.model, base));
  const unlisted: Source[] = isListed
    ? []
    : [{ model: base, layerRange: undefined, parameters: new Map(), place: base.place }];
  const slice = { sources: [...sources, ...unlisted], base, parameters: new Map(), place, module };
  return [{ ...slice, name: `${prefix}models` }];
}

/** Returns whether a source is its slice's base model. */
export function isBase({ base }: NamedSlice, { model }: Source): boolean {
  return base !== undefined && isSameModel(model, base);
}
