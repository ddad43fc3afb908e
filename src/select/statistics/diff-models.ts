/** How two models differ: tensor by tensor, and added up by layer and component. */

import type { Kernels } from "../../kernels/kernels.ts";
import { isComputeDtype } from "../../tensor/dtype.ts";
import { sameShape } from "../../tensor/shape.ts";
import { COMPONENTS, type Component, groupOf } from "../tensor-group.ts";
import {
  addTotals,
  type ChangeTotals,
  type Comparison,
  compareTensor,
  NO_CHANGE,
  type TensorChange,
} from "./compare-tensors.ts";

/** Tensors that belong together. */
export interface ChangeGroup {
  /** Undefined outside of all layers. */
  readonly layer: number | undefined;
  readonly component: Component;
  readonly totals: ChangeTotals;
}

/** What was found. */
export interface ModelDiff {
  readonly tensors: readonly TensorChange[];
  /** In the order of layers, then of components. */
  readonly groups: readonly ChangeGroup[];
  readonly all: ChangeTotals;
  /** Tensors that were not compared, and why. */
  readonly leftOut: ReadonlyMap<string, string>;
}

/**
 * Reads both models, and the base if there is one, once.
 *
 * @param onTensor - called after each tensor, and waited for; what it throws ends the comparison.
 * @throws those of `readValues`
 */
export async function diffModels(
  models: Comparison,
  kernels: Kernels,
  onTensor: (change: TensorChange) => Promise<void>,
): Promise<ModelDiff> {
  const leftOut = new Map<string, string>();
  const tensors: TensorChange[] = [];
  for (const name of new Set([...models.a.tensors.keys(), ...models.b.tensors.keys()])) {
    const why = whyNot(models, name);
    if (why !== undefined) {
      leftOut.set(name, why);
      continue;
    }
    const change = compareTensor(models, name, kernels);
    tensors.push(change);
    await onTensor(change);
  }
  return { tensors, groups: groupChanges(tensors), all: tensors.reduce(addTotals, NO_CHANGE), leftOut };
}

function whyNot({ a, b, base }: Comparison, name: string): string | undefined {
  const [one, other, origin] = [a.tensors.get(name), b.tensors.get(name), base?.tensors.get(name)];
  if (one === undefined) return "only in the second model";
  if (other === undefined) return "only in the first model";
  if (base !== undefined && origin === undefined) return "not in the base";
  for (const each of [other, origin]) {
    if (each !== undefined && !sameShape(one.shape, each.shape)) return `[${one.shape}] and [${each.shape}]`;
  }
  const odd = [one, other, origin].find((each) => each !== undefined && !isComputeDtype(each.dtype));
  return odd === undefined ? undefined : `stored as ${odd.dtype}`;
}

function groupChanges(tensors: readonly TensorChange[]): ChangeGroup[] {
  const groups = new Map<string, ChangeGroup>();
  for (const tensor of tensors) {
    const { layer, component } = groupOf(tensor.name);
    const key = `${layer} ${component}`;
    const totals = addTotals(groups.get(key)?.totals ?? NO_CHANGE, tensor);
    groups.set(key, { layer, component, totals });
  }
  const place = ({ layer, component }: ChangeGroup): number =>
    (layer ?? (component === "embedding" ? -1 : Number.MAX_SAFE_INTEGER / 64)) * 8 + COMPONENTS.indexOf(component);
  return [...groups.values()].toSorted((one, other) => place(one) - place(other));
}
