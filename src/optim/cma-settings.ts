import type { Json } from "../base/canonical-json.ts";
import type { CmaLimits } from "./cma-stop.ts";
import { readNumberSettings } from "./number-settings.ts";

/** Settings of the CMA-ES family, as written in search files. */
export type CmaSettings = CmaLimits & {
  /** First standard deviation, as a share of each variable's range. @default 0.2 */
  readonly sigma: number;
  /** Candidates a generation, P. @default 4 + ⌊3 ln N⌋ */
  readonly population: number;
};

/** Reads the settings that all of the family have. @throws optim/unknown_setting, optim/bad_setting */
export function readCmaSettings(
  optimiser: string,
  given: { readonly [key: string]: Json },
  population: number,
): CmaSettings {
  return readNumberSettings(optimiser, given, {
    sigma: { fallback: 0.2, range: [1e-6, 10] },
    population: { fallback: population, range: [3, 100_000], integer: true },
    tolx: { fallback: 1e-11, range: [0, 1] },
    tolfun: { fallback: 1e-11, range: [0, Number.MAX_VALUE] },
    max_condition: { fallback: 1e14, range: [1, Number.MAX_VALUE] },
  });
}
