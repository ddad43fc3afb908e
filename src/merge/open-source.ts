import { openGatheredModel } from "../model/gathered-model.ts";
import type { Model } from "../model/model.ts";
import { reopenModel } from "../model/open-model.ts";
import type { PlannedSource } from "../recipe/plan.ts";

/** Opens a model of a plan again, in another thread. */
export function openSource(source: PlannedSource): Model {
  if (source.kind !== "gathered") return reopenModel(source);
  const models = source.models.map(openSource);
  return openGatheredModel({ own: models[source.own]!, models, tensors: source.tensors, key: source.key });
}

/** The files and folders that a model of a plan is read from. */
export function pathsOf(source: PlannedSource): readonly string[] {
  return source.kind === "gathered" ? source.models.flatMap(pathsOf) : [source.path];
}
