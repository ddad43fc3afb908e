import { createHash } from "node:crypto";
import { canonicalJson, type Json } from "../base/canonical-json.ts";
import type { AnyMethod } from "../methods/method.ts";
import { tensorIdentity } from "../model/tensor-identity.ts";
import type { Plan, PlannedInput, PlannedTensor } from "../recipe/plan.ts";
import { elementCount } from "../tensor/shape.ts";
import { inputsOf } from "./merge-tensor.ts";

/**
 * Names the content of a tensor of a plan: equal names mean equal bytes. Neither its own name counts, nor where it stands in the
 * plan, unless the method draws at random.
 */
export function plannedIdentity(plan: Plan, method: AnyMethod, { work, shape, dtype }: PlannedTensor): string {
  const identityOf = ({ model, tensor }: PlannedInput): string => tensorIdentity(plan.models[model]!.model, tensor);
  if (work.kind === "copy" && work.grid === undefined) return identityOf(work.from);
  const inputs = inputsOf(work).map(identityOf);
  const facts: { readonly [key: string]: unknown } =
    work.kind === "copy"
      ? { grid: work.grid }
      : {
          ...{ method: plan.method, compute: work.compute, settings: work.settings, hasBase: work.base !== undefined },
          ...(method.draws(work.settings, elementCount(shape)) === 0 ? {} : { seed: plan.seed, from: work.drawStart }),
        };
  const all = { ...facts, inputs, shape, dtype } as unknown as Json;
  return createHash("sha256").update(canonicalJson(all)).digest("hex");
}
