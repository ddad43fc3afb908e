/**
 * Rotary position embeddings: how fast each pair of channels turns, from config.json.
 *
 * @source Su et al. 2021, "RoFormer", https://arxiv.org/abs/2104.09864; the scalings as transformers defines them
 */

import type { ConfigReader } from "../arch/config-reader.ts";
import type { RopeSource } from "../arch/decoder.ts";
import type { Json } from "../base/canonical-json.ts";

/** The turning of one head. */
export interface Rope {
  /** [R/2], radians per position; R of a head's channels turn. */
  readonly frequencies: Float64Array;
  /** Factor on queries and keys. */
  readonly scale: number;
  /** How what is read of longer sequences turns. @default as short ones */
  readonly long?: LongRope;
}

/**
 * Other speeds of sequences that have more than `beyond` positions by then: given, or from a theta that grows with the
 * length. Where it grows, what was read before keeps its angles, as in transformers; else the sequence is read again.
 */
export type LongRope = { readonly beyond: number } & (
  | { readonly frequencies: Float64Array }
  | { readonly theta: number; readonly factor: number }
);

/** Where the settings stand and what they must fit. */
export interface RopeFacts {
  readonly source: RopeSource;
  /** D */
  readonly headWidth: number;
  readonly contextLength: number;
  /** Whether `partial_rotary_factor` says which part of a head turns. */
  readonly isPartial: boolean;
}

type Settings = { readonly [key: string]: Json };

/** The kinds of scaling that are known. */
const KINDS: Readonly<Record<string, (reader: Reader) => Rope>> = {
  default: unscaled,
  dynamic: dynamicScaling,
  linear: linearScaling,
  llama3: llama3Scaling,
  yarn: yarnScaling,
  longrope: longScaling,
  su: longScaling,
};

interface Reader {
  /** R, the channels that turn. */
  readonly D: number;
  readonly theta: number;
  readonly contextLength: number;
  /** Positions that the model was first trained for. */
  readonly trained: number;
  number(key: string, fallback?: number): number;
  optional(key: string): number | undefined;
  flag(key: string, fallback: boolean): boolean;
  /** [R/2] */
  numbers(key: string): readonly number[];
}

/**
 * Reads `rope_parameters`, or `rope_theta` and `rope_scaling` of older files.
 *
 * @throws engine/bad_config for an unknown kind of scaling and for values that are not numbers above 0.
 */
export function readRope(config: ConfigReader, facts: RopeFacts): Rope {
  const { key, settings } = findSettings(config, facts.source);
  const kind = settings["rope_type"] ?? settings["type"] ?? "default";
  const rule = typeof kind === "string" && Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
  if (rule === undefined) throw config.reject(`${key}.rope_type`, `one of ${Object.keys(KINDS).join(", ")}`);
  return rule(createReader(config, { ...facts, key, settings }));
}

function findSettings(
  config: ConfigReader,
  { section, isScaled }: RopeSource,
): { readonly key: string; readonly settings: Settings } {
  const own = config.value("rope_parameters");
  if (isObject(own)) {
    const part = section === undefined ? undefined : own[section];
    return isObject(part)
      ? { key: `rope_parameters.${section}`, settings: part }
      : { key: "rope_parameters", settings: own };
  }
  const scaling = isScaled ? config.value("rope_scaling") : undefined;
  return { key: "rope_scaling", settings: isObject(scaling) ? scaling : {} };
}

function isObject(value: Json | undefined): value is Settings {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

interface ReaderFacts extends RopeFacts {
  readonly key: string;
  readonly settings: Settings;
}

function createReader(config: ConfigReader, facts: ReaderFacts): Reader {
  const { key, settings, source, headWidth, contextLength, isPartial } = facts;
  const isPositive = (value: Json | undefined): value is number =>
    typeof value === "number" && Number.isFinite(value) && value > 0;
  const positive = (name: string, value: Json | undefined): number => {
    if (isPositive(value)) return value;
    throw config.reject(name, "a number above 0");
  };
  const part = settings["partial_rotary_factor"] ?? config.value("partial_rotary_factor") ?? 1;
  const D = isPartial ? Math.trunc(headWidth * Math.min(1, positive("partial_rotary_factor", part))) : headWidth;
  if (D % 2 !== 0) throw config.reject("partial_rotary_factor", "an even number of channels that turn");
  const trained = config.value("original_max_position_embeddings") ?? settings["original_max_position_embeddings"];
  return {
    D,
    theta:
      isObject(settings) && settings["rope_theta"] !== undefined
        ? positive(`${key}.rope_theta`, settings["rope_theta"])
        : positive(source.thetaKey, config.value(source.thetaKey) ?? source.theta ?? 10_000),
    contextLength,
    trained: positive("original_max_position_embeddings", trained ?? contextLength),
    number: (name, fallback) => positive(`${key}.${name}`, settings[name] ?? fallback),
    optional: (name) => (typeof settings[name] === "number" ? settings[name] : undefined),
    flag: (name, fallback) => (typeof settings[name] === "boolean" ? settings[name] : fallback),
    numbers(name) {
      const list = settings[name];
      if (Array.isArray(list) && list.length === D / 2 && list.every(isPositive)) return list;
      throw config.reject(`${key}.${name}`, `${D / 2} numbers above 0`);
    },
  };
}

function baseFrequencies({ D, theta }: Pick<Reader, "D" | "theta">): Float64Array {
  return Float64Array.from({ length: D / 2 }, (_, i) => theta ** ((-2 * i) / D));
}

function unscaled(reader: Reader): Rope {
  return { frequencies: baseFrequencies(reader), scale: 1 };
}

function linearScaling(reader: Reader): Rope {
  const factor = reader.number("factor");
  return { frequencies: baseFrequencies(reader).map((frequency) => frequency / factor), scale: 1 };
}

/** Speeds follow the length of the sequence beyond the model's context: "NTK-aware" scaling. */
function dynamicScaling(reader: Reader): Rope {
  const { theta, contextLength } = reader;
  const factor = reader.number("factor");
  return { ...unscaled(reader), long: { beyond: contextLength, theta, factor } };
}

/** Slow pairs are slowed down by the factor, fast ones are kept, and those between are interpolated. */
function llama3Scaling(reader: Reader): Rope {
  const factor = reader.number("factor");
  const low = reader.number("low_freq_factor");
  const high = reader.number("high_freq_factor");
  const { trained } = reader;
  const frequencies = baseFrequencies(reader).map((frequency) => {
    const turns = (trained * frequency) / (2 * Math.PI);
    const kept = Math.min(1, Math.max(0, (turns - low) / (high - low)));
    return frequency * (kept + (1 - kept) / factor);
  });
  return { frequencies, scale: 1 };
}

/** @source Peng et al. 2023, "YaRN", https://arxiv.org/abs/2309.00071 */
function yarnScaling(reader: Reader): Rope {
  const { D, theta, contextLength, trained } = reader;
  const factor = reader.number("factor", contextLength / trained);
  const pairThatTurns = (times: number): number =>
    (D * Math.log(trained / (times * 2 * Math.PI))) / (2 * Math.log(theta));
  const whole = reader.flag("truncate", true);
  const first = pairThatTurns(reader.number("beta_fast", 32));
  const last = pairThatTurns(reader.number("beta_slow", 1));
  const low = Math.max(0, whole ? Math.floor(first) : first);
  const high = Math.min(D - 1, whole ? Math.ceil(last) : last);
  const width = low === high ? 0.001 : high - low;
  const frequencies = baseFrequencies(reader).map((frequency, i) => {
    const kept = 1 - Math.min(1, Math.max(0, (i - low) / width));
    return frequency * (kept + (1 - kept) / factor);
  });
  return { frequencies, scale: reader.optional("attention_factor") ?? yarnScale(reader, factor) };
}

function yarnScale(reader: Reader, factor: number): number {
  const grown = (by: number): number => (factor <= 1 ? 1 : 0.1 * by * Math.log(factor) + 1);
  const own = reader.optional("mscale");
  const all = reader.optional("mscale_all_dim");
  return own !== undefined && all !== undefined && own !== 0 && all !== 0 ? grown(own) / grown(all) : grown(1);
}

/**
 * Short and long sequences have speeds of their own.
 *
 * @source Ding et al. 2024, "LongRoPE", https://arxiv.org/abs/2402.13753
 */
function longScaling(reader: Reader): Rope {
  const { contextLength, trained } = reader;
  const factor = reader.number("factor", contextLength / trained);
  const usual = factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(trained));
  const slowed = (by: readonly number[]): Float64Array =>
    baseFrequencies(reader).map((frequency, i) => frequency / by[i]!);
  return {
    frequencies: slowed(reader.numbers("short_factor")),
    scale: reader.optional("attention_factor") ?? usual,
    long: { frequencies: slowed(reader.numbers("long_factor")), beyond: trained },
  };
}

/** Returns the speeds at which positions turn that are read when their sequence has `length` of them. */
export function frequenciesAt({ frequencies, long }: Rope, length: number): Float64Array {
  if (long === undefined || length <= long.beyond) return frequencies;
  if ("frequencies" in long) return long.frequencies;
  const { beyond, theta, factor } = long;
  const D = 2 * frequencies.length;
  const stretch = (factor * length) / beyond - (factor - 1);
  return baseFrequencies({ D, theta: theta * stretch ** (D / (D - 2)) });
}

/** Names the speeds at which rotations turn when a sequence has `length` positions: equal names, equal speeds. */
export function turningAt(ropes: readonly Rope[], length: number): string {
  return ropes
    .map(({ long }) => {
      if (long === undefined || length <= long.beyond) return "short";
      return "factor" in long ? length : "long";
    })
    .join(" ");
}

/** Cosines and sines of the angles that queries and keys are turned by. */
export interface RopeTable {
  /** [positions, width], times the scale. */
  readonly cos: Float32Array;
  readonly sin: Float32Array;
}

/** Makes a table in which nothing turns. @param width - pairs per head */
export function createRopeTable(rows: number, width: number): RopeTable {
  return { cos: new Float32Array(rows * width).fill(1), sin: new Float32Array(rows * width) };
}

/** Which rows of a table are filled. */
export interface RopeRows {
  /** The first of them. */
  readonly row: number;
  /** Of the first of them. */
  readonly position: number;
  readonly count: number;
  /** Pairs per head, ≥ the number of frequencies; pairs beyond them neither turn nor grow. */
  readonly width: number;
}

/** Fills rows with consecutive positions. */
export function fillRopeTable(
  { cos, sin }: RopeTable,
  { frequencies, scale }: Pick<Rope, "frequencies" | "scale">,
  { row, position, count, width }: RopeRows,
): void {
  for (let k = 0; k < count; k++) {
    const start = (row + k) * width;
    for (const [i, frequency] of frequencies.entries()) {
      const angle = (position + k) * frequency;
      cos[start + i] = scale * Math.cos(angle);
      sin[start + i] = scale * Math.sin(angle);
    }
  }
}
