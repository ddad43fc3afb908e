import { canonicalJson, type Json } from "../../src/base/canonical-json.ts";

type Config = { readonly [key: string]: Json };

/** Keys that say who wrote a file, or repeat another key in an older spelling. */
const IGNORED = ["transformers_version", "torch_dtype"];

/**
 * Compares two config.json by meaning.
 *
 * The expected one went through transformers, which adds defaults and moves rope settings into `rope_parameters`; a key
 * that ours lacks counts as equal only when it is such a default, that is, when the donor's file lacked it too.
 *
 * @returns what differs, or undefined.
 */
export function compareConfig(actual: Config, expected: Config): string | undefined {
  const ours = normalise(actual);
  const theirs = normalise(expected);
  const differing = Object.keys(ours).filter(
    (key) => theirs[key] !== undefined && canonicalJson(ours[key]) !== canonicalJson(theirs[key]),
  );
  if (differing.length === 0) return undefined;
  const [key] = differing;
  return `config.json: ${key} is ${canonicalJson(ours[key!])} instead of ${canonicalJson(theirs[key!])}`;
}

function normalise(config: Config): Config {
  const { rope_theta, rope_scaling, rope_parameters, ...rest } = config;
  const kept = Object.fromEntries(Object.entries(rest).filter(([key]) => !IGNORED.includes(key)));
  const rope = rope_parameters as Config | undefined;
  const theta = rope?.["rope_theta"] ?? rope_theta;
  const scaling = rope?.["rope_type"] ?? (rope_scaling as Config | null)?.["rope_type"] ?? "default";
  return { ...kept, ...(theta === undefined ? {} : { rope_theta: theta, rope_type: scaling }) };
}
