import { bipopCmaEs } from "./bipop-cma-es.ts";
import { catCma } from "./cat-cma.ts";
import { catCmaMargin } from "./cat-cma-margin.ts";
import { cmaEs } from "./cma-es.ts";
import { cmaEsMargin } from "./cma-es-margin.ts";
import { conditionalHybrid } from "./conditional-hybrid.ts";
import { ga } from "./ga.ts";
import { grid } from "./grid.ts";
import { ipopCmaEs } from "./ipop-cma-es.ts";
import { nsga2 } from "./nsga2.ts";
import { onePlusOneEa } from "./one-plus-one-ea.ts";
import type { AnyOptimiser } from "./optimiser.ts";
import { random } from "./random.ts";
import { sepCmaEs } from "./sep-cma-es.ts";
import { tpe } from "./tpe.ts";

/** Every optimiser, by name, in alphabetical order. Adding one is adding a line here. */
export const OPTIMISERS: Readonly<Record<string, AnyOptimiser>> = {
  bipop_cma_es: bipopCmaEs,
  cat_cma: catCma,
  cat_cma_margin: catCmaMargin,
  cma_es: cmaEs,
  cma_es_margin: cmaEsMargin,
  conditional_hybrid: conditionalHybrid,
  ga,
  grid,
  ipop_cma_es: ipopCmaEs,
  nsga2,
  one_plus_one_ea: onePlusOneEa,
  random,
  sep_cma_es: sepCmaEs,
  tpe,
};
