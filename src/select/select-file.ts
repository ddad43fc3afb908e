import { z } from "zod";
import { selectErrors } from "./errors.ts";
import { readPlacedYaml } from "./placed-yaml.ts";

const text = z.string("must be a text").min(1, "must not be empty");
const count = (least: number) => z.int("must be a whole number").min(least, `must be at least ${least}`);

const OPERATOR = z.strictObject({
  name: text,
  merge_method: text,
  parameters: z.record(z.string(), z.json()).default({}),
  base: z.enum(["first", "pool", "none"], "must be first, pool or none").default("pool"),
});

const KEYS = z.strictObject({
  base_model: text,
  models: z.array(text, "must be a list of models").min(2, "must name at least two models"),
  operators: z.array(OPERATOR, "must be a list of operators").min(1, "must name at least one operator"),
  dtype: z.enum(["bfloat16", "float16", "float32"], "must be bfloat16, float16 or float32").optional(),
  tasks: z
    .array(z.strictObject({ file: text, metric: text, limit: count(1).optional() }), "must be a list")
    .min(1, "must name at least one task"),
  probes: z.strictObject({ per_task: count(1).default(12), max_tokens: count(2).default(64) }).prefault({}),
  budget: z.strictObject({ merges: count(1) }),
  bandit: z
    .strictObject({
      kind: z.enum(["linucb", "thompson"], "must be linucb or thompson").default("linucb"),
      exploration: z.number().min(0).default(0.5),
      ridge: z.number().positive().default(1),
    })
    .prefault({}),
  seed: count(0).default(0),
});

/** A selection file that was read, with defaults. Paths are as they stand in it. */
export type SelectFile = z.infer<typeof KEYS>;

/** Reads a selection file. @throws select/bad_select_file with all its problems, each with line and column */
export function parseSelectFile(source: string, file: string): SelectFile {
  const read = readPlacedYaml(source, file, KEYS);
  if ("problems" in read) throw selectErrors.bad_select_file(read);
  const names = read.value.operators.map(({ name }) => name);
  const twice = names.filter((name, i) => names.indexOf(name) !== i);
  if (twice.length > 0) {
    throw selectErrors.bad_select_file({
      problems: twice.map((name) => `${file}: operators: two are named "${name}"`),
    });
  }
  return read.value;
}
