import { modelErrors } from "../errors.ts";
import type { TensorInfo } from "../model.ts";

/** Finds the tensors of a checkpoint by the names that a running model has for them. */
export interface BaseNames {
  /** @throws model/adapter_target if there is none, or more than one that it could be */
  find(name: string): string;
}

/**
 * Makes the search. A checkpoint may lack the beginning of a name (GPT-2's `transformer.`) or have more of it
 * (`model.language_model.`), so the one name counts that ends as the other does.
 *
 * @param adapter - stands in errors.
 */
export function createBaseNames(tensors: ReadonlyMap<string, TensorInfo>, adapter: string): BaseNames {
  return {
    find(name) {
      if (tensors.has(name)) return name;
      const alike = [...tensors.keys()].filter((own) => name.endsWith(`.${own}`) || own.endsWith(`.${name}`));
      const [only] = alike;
      if (only === undefined || alike.length > 1)
        throw modelErrors.adapter_target({ adapter, tensor: name, found: alike.slice(0, 3) });
      return only;
    },
  };
}
