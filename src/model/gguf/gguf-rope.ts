/** How a GGUF file describes rotary positions, in config.json's words. */

import { modelErrors } from "../errors.ts";
import type { ModelConfig } from "../model.ts";
import type { GgufArchitecture } from "./gguf-architecture.ts";
import type { GgufFacts } from "./gguf-facts.ts";

/** Reads a small F32 tensor of the file whole; undefined if there is none. */
export type ReadTable = (tensor: string) => readonly number[] | undefined;

/** Llama 3.1's settings, which GGUF replaces by a table of factors. The fourth, the factor, is the table's last entry. */
const LLAMA3 = { low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 8192 };

/** The tables are float32. */
const TABLE_TOLERANCE = 1e-3;

/**
 * Makes the keys `rope_theta`, `rope_scaling` and `partial_rotary_factor`.
 *
 * @throws model/gguf_key for a scaling that is not known, model/gguf_tensor for a table that is not Llama 3.1's
 */
export function ropeSettings(
  architecture: GgufArchitecture,
  facts: GgufFacts,
  read: ReadTable,
  file: string,
): ModelConfig {
  const key = (name: string): string => `${architecture.name}.${name}`;
  const theta = facts.optionalNumber(key("rope.freq_base")) ?? 10_000;
  const scaling = tables(architecture, theta, read, file) ?? namedScaling(architecture, facts, file);
  const heads = facts.number(key("attention.head_count"));
  const width = facts.optionalNumber(key("attention.key_length")) ?? facts.number(key("embedding_length")) / heads;
  const rotated = facts.optionalNumber(key("rope.dimension_count")) ?? width;
  return {
    rope_theta: theta,
    ...(scaling === undefined ? {} : { rope_scaling: scaling }),
    ...(rotated < width ? { partial_rotary_factor: rotated / width } : {}),
  };
}

function namedScaling({ name }: GgufArchitecture, facts: GgufFacts, file: string): ModelConfig | undefined {
  const key = `${name}.rope.scaling.type`;
  const kind = facts.optionalText(key);
  if (kind === undefined || kind === "none") return undefined;
  const factor = facts.number(`${name}.rope.scaling.factor`);
  if (kind === "linear") return { rope_type: "linear", factor };
  if (kind !== "yarn") throw modelErrors.gguf_key({ file, key, expected: "none, linear or yarn", found: `"${kind}"` });
  const original = facts.optionalNumber(`${name}.rope.scaling.original_context_length`);
  return {
    rope_type: "yarn",
    factor,
    ...(original === undefined ? {} : { original_max_position_embeddings: original }),
  };
}

function tables(
  { modelType }: GgufArchitecture,
  theta: number,
  read: ReadTable,
  file: string,
): ModelConfig | undefined {
  const long = read("rope_factors_long.weight");
  const short = read("rope_factors_short.weight");
  if (long !== undefined && short !== undefined)
    return { rope_type: "longrope", long_factor: long, short_factor: short };
  const factors = read("rope_freqs.weight");
  if (factors === undefined) return undefined;
  const factor = Math.round(factors.at(-1)! * 1000) / 1000;
  const isKnown =
    modelType === "llama" &&
    factors.every(
      (value, i) => Math.abs(value - llama3Factor(i, factors.length, theta, factor)) < TABLE_TOLERANCE * value,
    );
  if (!isKnown)
    throw modelErrors.gguf_tensor({
      file,
      tensor: "rope_freqs.weight",
      why: "its factors are not Llama 3.1's, and config.json has no other name for them",
    });
  return { rope_type: "llama3", factor, ...LLAMA3 };
}

/** By how much the rotation of a pair is slowed: 1 for short wavelengths, the factor for long ones, smooth between. */
function llama3Factor(pair: number, pairs: number, theta: number, factor: number): number {
  const wavelength = 2 * Math.PI * theta ** (pair / pairs);
  const { low_freq_factor: low, high_freq_factor: high, original_max_position_embeddings: context } = LLAMA3;
  if (wavelength < context / high) return 1;
  if (wavelength > context / low) return factor;
  const smooth = (context / wavelength - low) / (high - low);
  return 1 / ((1 - smooth) / factor + smooth);
}
