/**
 * Rotary position embeddings: how fast each pair of channels turns, from config.json.
 *
 * @source Su et al. 2021, "RoFormer", https://arxiv.org/abs/2104.09864; the scalings as transformers defines them
 */

import type { Json } from "../base/canonical-json.ts";
import { configValue } from "../model/config.ts";
import type { ModelConfig } from "../model/model.ts";

/** The turning of one head. */
export interface Rope {
  /** [D/2], radians per position; pair i is made of channels i and i + D/2. */
  readonly frequencies: Float64Array;
  /** Factor on queries and keys. */
  readonly scale: number;
}

/** Where the settings stand and what they must fit. */
export interface RopeFacts {
  readonly headWidth: number;
  readonly contextLength: number;
  /** Raises the caller's error about a key. */
  readonly reject: (key: string, got: string, allowed: string) => Error;
}

type Settings = { readonly [key: string]: Json };

/** The kinds of scaling that are known. "dynamic" changes nothing within the model's context. */
const KINDS: Readonly<Record<string, (reader: Reader) => Rope>> = {
  default: unscaled,
  dynamic: unscaled,
  linear: linearScaling,
  llama3: llama3Scaling,
  yarn: yarnScaling,
};

interface Reader {
  readonly D: number;
  readonly theta: number;
  readonly contextLength: number;
  number(key: string, fallback?: number): number;
  optional(key: string): number | undefined;
  flag(key: string, fallback: boolean): boolean;
}

/**
 * Reads `rope_parameters`, or `rope_theta` and `rope_scaling` of older files.
 *
 * @throws what `reject` makes, for an unknown kind of scaling and for values that are not numbers above 0.
 */
export function readRope(config: ModelConfig, { headWidth, contextLength, reject }: RopeFacts): Rope {
  const key = isObject(config["rope_parameters"]) ? "rope_parameters" : "rope_scaling";
  const found = configValue(config, key);
  const settings: Settings = isObject(found) ? found : {};
  const kind = settings["rope_type"] ?? settings["type"] ?? "default";
  const rule = typeof kind === "string" && Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
  if (rule === undefined)
    throw reject(`${key}.rope_type`, JSON.stringify(kind), `one of ${Object.keys(KINDS).join(", ")}`);
  const positive = (name: string, value: Json | undefined): number => {
    if (typeof value === "number" && Number.isFinite(value) && value > 0) return value;
    throw reject(name, JSON.stringify(value) ?? "missing", "a number above 0");
  };
  const theta = positive("rope_theta", settings["rope_theta"] ?? config["rope_theta"] ?? 10_000);
  return rule({
    D: headWidth,
    theta,
    contextLength,
    number: (name, fallback) => positive(`${key}.${name}`, settings[name] ?? fallback),
    optional: (name) => (typeof settings[name] === "number" ? settings[name] : undefined),
    flag: (name, fallback) => (typeof settings[name] === "boolean" ? settings[name] : fallback),
  });
}

function isObject(value: Json | undefined): value is Settings {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function baseFrequencies({ D, theta }: Reader): Float64Array {
  return Float64Array.from({ length: D / 2 }, (_, i) => theta ** ((-2 * i) / D));
}

function unscaled(reader: Reader): Rope {
  return { frequencies: baseFrequencies(reader), scale: 1 };
}

function linearScaling(reader: Reader): Rope {
  const factor = reader.number("factor");
  return { frequencies: baseFrequencies(reader).map((frequency) => frequency / factor), scale: 1 };
}

/** Slow pairs are slowed down by the factor, fast ones are kept, and those between are interpolated. */
function llama3Scaling(reader: Reader): Rope {
  const factor = reader.number("factor");
  const low = reader.number("low_freq_factor");
  const high = reader.number("high_freq_factor");
  const trained = reader.number("original_max_position_embeddings");
  const frequencies = baseFrequencies(reader).map((frequency) => {
    const turns = (trained * frequency) / (2 * Math.PI);
    const kept = Math.min(1, Math.max(0, (turns - low) / (high - low)));
    return frequency * (kept + (1 - kept) / factor);
  });
  return { frequencies, scale: 1 };
}

/** @source Peng et al. 2023, "YaRN", https://arxiv.org/abs/2309.00071 */
function yarnScaling(reader: Reader): Rope {
  const { D, theta, contextLength } = reader;
  const factor = reader.number("factor");
  const trained = reader.number("original_max_position_embeddings", contextLength);
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

/** Cosines and sines of the angles that queries and keys are turned by. */
export interface RopeTable {
  /** [positions, width], times the scale. */
  readonly cos: Float32Array;
  readonly sin: Float32Array;
}

/**
 * Tabulates positions 0 to `positions` − 1.
 *
 * @param width - pairs per head, ≥ the number of frequencies; pairs beyond them do not turn.
 */
export function tabulateRope({ frequencies, scale }: Rope, positions: number, width: number): RopeTable {
  const cos = new Float32Array(positions * width).fill(scale);
  const sin = new Float32Array(positions * width);
  for (let position = 0; position < positions; position++) {
    for (const [i, frequency] of frequencies.entries()) {
      cos[position * width + i] = scale * Math.cos(position * frequency);
      sin[position * width + i] = scale * Math.sin(position * frequency);
    }
  }
  return { cos, sin };
}
