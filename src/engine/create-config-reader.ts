import type { ConfigReader } from "../arch/config-reader.ts";
import type { DecoderArchitecture } from "../arch/decoder.ts";
import type { Json } from "../base/canonical-json.ts";
import { configValue } from "../model/config.ts";
import type { Model } from "../model/model.ts";
import { engineErrors } from "./errors.ts";

/** Reads a model's config by Llama's keys, as its architecture's row translates and completes them. */
export function createConfigReader({ name, config }: Model, { keys, defaults }: DecoderArchitecture): ConfigReader {
  const spellings = (key: string): readonly string[] => [...(keys?.[key] ?? []), key];
  const value = (key: string): Json | undefined => {
    const names = spellings(key);
    const found = names.map((one) => configValue(config, one)).find((one) => one !== undefined);
    return found === undefined ? names.map((one) => defaults[one]).find((one) => one !== undefined) : found;
  };
  const reject = (key: string, allowed: string): Error => {
    const spelling = spellings(key).find((one) => configValue(config, one) !== undefined) ?? spellings(key)[0]!;
    const got = JSON.stringify(value(key)) ?? "missing";
    return engineErrors.bad_config({ model: name, key: spelling, got, allowed });
  };
  const demand = (key: string, fallback: number | undefined, accepts: (found: number) => boolean, allowed: string) => {
    const found = value(key) ?? fallback;
    if (typeof found === "number" && accepts(found)) return found;
    throw reject(key, allowed);
  };
  const count = (key: string, fallback?: number): number =>
    demand(key, fallback, (found) => Number.isSafeInteger(found) && found > 0, "a whole number above 0");
  const positive = (key: string, fallback?: number): number =>
    demand(key, fallback, (found) => Number.isFinite(found) && found > 0, "a number above 0");
  const isNumber = (key: string): boolean => typeof value(key) === "number";
  return {
    value,
    count,
    optionalCount: (key) => (isNumber(key) ? count(key) : undefined),
    positive,
    optionalPositive: (key) => (isNumber(key) && (value(key) as number) > 0 ? positive(key) : undefined),
    flag: (key) => value(key) === true,
    reject,
  };
}
