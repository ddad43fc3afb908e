import type { Json } from "../base/canonical-json.ts";
import { nearestName } from "../base/nearest.ts";
import { optimErrors } from "./errors.ts";
import type { Space } from "./optimiser.ts";

/** One numeric setting of an optimiser. Both ends of the range are allowed. */
export interface NumberSetting {
  readonly fallback: number;
  readonly range: readonly [min: number, max: number];
  readonly integer?: boolean;
}

/**
 * Reads an optimiser's settings from what the user gave, with defaults filled in.
 *
 * @param optimiser - its name, for messages.
 * @throws optim/unknown_setting, optim/bad_setting
 */
export function readNumberSettings<K extends string>(
  optimiser: string,
  given: { readonly [key: string]: Json },
  table: { readonly [Key in K]: NumberSetting },
): { readonly [Key in K]: number } {
  const known = Object.keys(table);
  for (const setting of Object.keys(given)) {
    if (!known.includes(setting))
      throw optimErrors.unknown_setting({ optimiser, setting, known, nearest: nearestName(setting, known) });
  }
  const entries = Object.entries<NumberSetting>(table).map(
    ([
      setting,
      {
        fallback,
        range: [min, max],
        integer,
      },
    ]) => {
      const got = given[setting] ?? fallback;
      const fits = typeof got === "number" && got >= min && got <= max && (integer !== true || Number.isInteger(got));
      const allowed = `${integer === true ? "whole numbers" : "numbers"} from ${min} to ${max}`;
      if (!fits) throw optimErrors.bad_setting({ optimiser, setting, got, allowed });
      return [setting, got] as const;
    },
  );
  return Object.fromEntries(entries) as { readonly [Key in K]: number };
}

/**
 * Checks that a space can be searched.
 *
 * @throws optim/empty_space, optim/bad_variable, optim/bad_condition
 */
export function assertSearchable(optimiser: string, space: Space): void {
  if (space.length === 0) throw optimErrors.empty_space({ optimiser });
  for (const { name, low, high, start, kind = "real", onlyIf } of space) {
    const finite = [low, high, start].every(Number.isFinite) && low < high && low <= start && start <= high;
    const whole = kind === "real" || (Number.isSafeInteger(low) && Number.isSafeInteger(high));
    if (!finite || !whole) throw optimErrors.bad_variable({ variable: name, low, high, start, whole: kind !== "real" });
    if (onlyIf === undefined) continue;
    const choice = space[onlyIf.variable];
    const fits = choice?.kind === "choice" && onlyIf.equals >= choice.low && onlyIf.equals <= choice.high;
    if (!fits)
      throw optimErrors.bad_condition({ variable: name, on: choice?.name ?? "nothing", equals: onlyIf.equals });
  }
}
