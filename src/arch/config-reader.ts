import type { Json } from "../base/canonical-json.ts";

/** Reads config.json by the names that Llama's has; the architecture's row knows which keys stand for them, and what is meant where one is missing. */
export interface ConfigReader {
  /** The value, or the row's default; undefined if there is neither. */
  value(key: string): Json | undefined;
  /** @throws engine/bad_config unless it is a whole number above 0. */
  count(key: string, fallback?: number): number;
  /** As `count`; undefined where the value is null, missing or no number. */
  optionalCount(key: string): number | undefined;
  /** @throws engine/bad_config unless it is a number above 0. */
  positive(key: string, fallback?: number): number;
  /** @returns undefined where the value is null, missing or no number above 0. */
  optionalPositive(key: string): number | undefined;
  /** Whether the value is true. */
  flag(key: string): boolean;
  /** Makes the error about a value that cannot be used. */
  reject(key: string, allowed: string): Error;
}
