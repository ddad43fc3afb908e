/** Every merge method, by its recipe name. One line each, in alphabetical order. */

import { nearestName } from "../base/nearest.ts";
import { arceeFusion } from "./arcee-fusion.ts";
import { breadcrumbs } from "./breadcrumbs.ts";
import { breadcrumbsTies } from "./breadcrumbs-ties.ts";
import { dareLinear } from "./dare-linear.ts";
import { dareTies } from "./dare-ties.ts";
import { della } from "./della.ts";
import { dellaLinear } from "./della-linear.ts";
import { methodErrors } from "./errors.ts";
import { karcher } from "./karcher.ts";
import { linear } from "./linear.ts";
import type { AnyMethod } from "./method.ts";
import { modelStock } from "./model-stock.ts";
import { multislerp } from "./multislerp.ts";
import { nearswap } from "./nearswap.ts";
import { nuslerp } from "./nuslerp.ts";
import { passthrough } from "./passthrough.ts";
import { ram } from "./ram.ts";
import { ramplusTl } from "./ramplus-tl.ts";
import { sce } from "./sce.ts";
import { slerp } from "./slerp.ts";
import { taskArithmetic } from "./task-arithmetic.ts";
import { ties } from "./ties.ts";

/** The methods, by name. */
export const METHODS: Readonly<Record<string, AnyMethod>> = {
  arcee_fusion: arceeFusion,
  breadcrumbs,
  breadcrumbs_ties: breadcrumbsTies,
  dare_linear: dareLinear,
  dare_ties: dareTies,
  della,
  della_linear: dellaLinear,
  karcher,
  linear,
  model_stock: modelStock,
  multislerp,
  nearswap,
  nuslerp,
  passthrough,
  ram,
  ramplus_tl: ramplusTl,
  sce,
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
