/** Every merge method, by its recipe name. One line each, in alphabetical order. */

import { nearestName } from "../base/nearest.ts";
import { breadcrumbs } from "./breadcrumbs.ts";
import { breadcrumbsTies } from "./breadcrumbs-ties.ts";
import { dareLinear } from "./dare-linear.ts";
import { dareTies } from "./dare-ties.ts";
import { della } from "./della.ts";
import { dellaLinear } from "./della-linear.ts";
import { methodErrors } from "./errors.ts";
import { linear } from "./linear.ts";
import type { AnyMethod } from "./method.ts";
import { passthrough } from "./passthrough.ts";
import { slerp } from "./slerp.ts";
import { taskArithmetic } from "./task-arithmetic.ts";
import { ties } from "./ties.ts";

/** The methods, by name. */
export const METHODS: Readonly<Record<string, AnyMethod>> = {
  breadcrumbs,
  breadcrumbs_ties: breadcrumbsTies,
  dare_linear: dareLinear,
  dare_ties: dareTies,
  della,
  della_linear: dellaLinear,
  linear,
  passthrough,
  slerp,
  task_arithmetic: taskArithmetic,
  ties,
};

/**
 * Returns the method of a name.
 *
 * @throws methods/unknown_method, with the nearest known name.
 */
export function findMethod(name: string): AnyMethod {
  const method = Object.hasOwn(METHODS, name) ? METHODS[name] : undefined;
  const known = Object.keys(METHODS);
  if (method === undefined) throw methodErrors.unknown_method({ name, known, nearest: nearestName(name, known) });
  return method;
}
