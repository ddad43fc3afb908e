import { z } from "zod";
import { selectErrors } from "../errors.ts";
import { readPlacedYaml } from "../placed-yaml.ts";
import type { BreedSettings, EarlyStop } from "./breed-settings.ts";

/** A breeding file that was read. Paths are as they stand in it. */
export interface BreedFile {
  readonly settings: Omit<BreedSettings, "models" | "operator">;
  readonly baseModel: string;
  readonly models: readonly string[];
  readonly operator: {
    readonly mergeMethod: string;
    readonly parameters: { readonly [key: string]: unknown };
    readonly base: "first" | "pool" | "none";
  };
  readonly dtype: string | undefined;
  readonly tasks: readonly { readonly file: string; readonly metric: string; readonly limit: number | undefined }[];
}

const text = z.string("must be a text").min(1, "must not be empty");
const count = (least: number) => z.int("must be a whole number").min(least, `must be at least ${least}`);

const KINSHIP = z.number().min(-1).max(1);
const STOP = z
  .strictObject({
    kinship: KINSHIP.optional(),
    unimproved: z.boolean().default(false),
    from_generation: count(1).default(1),
  })
  .refine(({ kinship, unimproved }) => kinship !== undefined || unimproved, "must ask for a kinship or for unimproved");

const KEYS = z.strictObject({
  base_model: text,
  models: z.array(text, "must be a list of models").min(1, "must name at least one model"),
  strategy: z.enum(["greedy", "kinship", "archive"], "must be greedy, kinship or archive").default("kinship"),
  operator: z.strictObject({
    merge_method: text,
    parameters: z.record(z.string(), z.json()).default({}),
    base: z.enum(["first", "pool", "none"], "must be first, pool or none").default("pool"),
  }),
  dtype: z.enum(["bfloat16", "float16", "float32"], "must be bfloat16, float16 or float32").optional(),
  top_k: count(2).default(3),
  exploration: z.enum(["lowest", "highest"], "must be lowest or highest").default("lowest"),
  early_stop: z
    .union(
      [KINSHIP, z.literal(false), STOP],
      "must be a kinship from -1 to 1, false, or kinship, unimproved and from_generation",
    )
    .default({ unimproved: true, from_generation: 2 }),
  generations: count(1).default(20),
  archive_size: count(2).default(12),
  tasks: z
    .array(z.strictObject({ file: text, metric: text, limit: count(1).optional() }), "must be a list")
    .min(1, "must name at least one task"),
  budget: z.strictObject({ merges: count(1) }),
  seed: count(0).default(0),
});

/**
 * Reads a breeding file.
 *
 * @param file - as messages name it.
 * @throws select/bad_breed_file with all its problems, each with line and column
 */
export function parseBreedFile(source: string, file: string): BreedFile {
  const read = readPlacedYaml(source, file, KEYS);
  if ("problems" in read) throw selectErrors.bad_breed_file(read);
  return toBreedFile(read.value);
}

function toEarlyStop(stop: z.infer<typeof KEYS>["early_stop"]): EarlyStop | undefined {
  if (stop === false) return undefined;
  if (typeof stop === "number") return { kinship: stop, unimproved: false, from: 1 };
  return { kinship: stop.kinship, unimproved: stop.unimproved, from: stop.from_generation };
}

function toBreedFile(keys: z.infer<typeof KEYS>): BreedFile {
  return {
    settings: {
      strategy: keys.strategy,
      topK: keys.top_k,
      exploration: keys.exploration,
      earlyStop: toEarlyStop(keys.early_stop),
      merges: keys.budget.merges,
      generations: keys.generations,
      archiveSize: keys.archive_size,
      seed: keys.seed,
    },
    baseModel: keys.base_model,
    models: keys.models,
    operator: {
      mergeMethod: keys.operator.merge_method,
      parameters: keys.operator.parameters,
      base: keys.operator.base,
    },
    dtype: keys.dtype,
    tasks: keys.tasks.map(({ file, metric, limit }) => ({ file, metric, limit })),
  };
}
