import type { Random } from "../base/philox.ts";
import { clampUnit, optionPlace, type UnitBox } from "./unit-box.ts";

/** How children differ from their parents. */
export interface VariationRates {
  /** Chance that two parents are crossed at all. */
  readonly crossover: number;
  /** Closeness of children to parents and of mutants to what they were: the larger the closer. */
  readonly crossoverIndex: number;
  readonly mutationIndex: number;
}

/** The rates of NSGA-II's paper. */
export const USUAL_RATES: VariationRates = { crossover: 0.9, crossoverIndex: 15, mutationIndex: 20 };

/** A uniform point of the unit box; discrete variables get the places of their options. */
export function drawPoint({ levels }: UnitBox, random: Random): number[] {
  return levels.map((K) => (K === 0 ? random.nextUniform() : optionPlace(random.nextBelow(K), K)));
}

/**
 * Crosses two parents and mutates the child: simulated binary crossover and polynomial mutation for numbers, taking
 * either parent's option and drawing another one for discrete variables. Each variable mutates with chance 1/N.
 *
 * @param a, b - [N] in the unit box.
 * @source Deb & Agrawal 1995, "Simulated binary crossover", https://www.complex-systems.com/abstracts/v09_i02_a02/
 */
export function breed(
  a: readonly number[],
  b: readonly number[],
  { box, random, rates }: { readonly box: UnitBox; readonly random: Random; readonly rates: VariationRates },
): number[] {
  const crossed = random.nextUniform() < rates.crossover;
  return a.map((x, i) => {
    const [coin, spread, chance, shift] = [0, 1, 2, 3].map(() => random.nextUniform()) as [
      number,
      number,
      number,
      number,
    ];
    const K = box.levels[i]!;
    const mutates = chance < 1 / a.length;
    if (K > 0) {
      const option = crossed && coin < 0.5 ? b[i]! : x;
      return mutates ? otherOption(option, K, shift) : option;
    }
    const child = crossed && coin < 0.5 ? simulatedBinary(x, b[i]!, spread, rates.crossoverIndex) : x;
    return mutates ? clampUnit(child + polynomial(shift, rates.mutationIndex)) : child;
  });
}

/** One of two children, on either side with equal chance. */
function simulatedBinary(x: number, y: number, uniform: number, index: number): number {
  const side = uniform < 0.5 ? 1 : -1;
  const u = (2 * uniform) % 1;
  const beta = u <= 0.5 ? (2 * u) ** (1 / (index + 1)) : (1 / (2 * (1 - u))) ** (1 / (index + 1));
  return clampUnit(0.5 * (x + y + side * beta * (x - y)));
}

function polynomial(u: number, index: number): number {
  return u < 0.5 ? (2 * u) ** (1 / (index + 1)) - 1 : 1 - (2 * (1 - u)) ** (1 / (index + 1));
}

function otherOption(place: number, levels: number, uniform: number): number {
  const option = Math.round(place * (levels - 1));
  return optionPlace((option + 1 + Math.floor(uniform * (levels - 1))) % levels, levels);
}
