import { z } from "zod";
import { count, models, name, positive, settings } from "./key-types.ts";
import { METHOD_SPACE, ORDER_KEYS, PARAMETER_SPACE } from "./space-keys.ts";

const TASK = z.strictObject(
  {
    file: name,
    metric: name,
    limit: count(1).optional(),
    weight: positive.optional(),
    objective: name.optional(),
    lose_at_most: z.number("a number from 0").min(0, "a number from 0").optional(),
  },
  "a mapping with file and metric",
);
const BUDGET = z
  .strictObject(
    { evaluations: count(1).optional(), item_evaluations: count(1).optional(), seconds: positive.optional() },
    "a mapping with evaluations",
  )
  .refine(
    (budget) => Object.values(budget).some((limit) => limit !== undefined),
    "a mapping with evaluations, item_evaluations or seconds",
  );
const RACING = z.strictObject(
  {
    blocks: count(2).max(8, "a whole number from 2 to 8").default(4),
    confidence: z
      .number("a number from 0.5 to 0.999")
      .min(0.5, "a number from 0.5 to 0.999")
      .max(0.999, "a number from 0.5 to 0.999")
      .default(0.97),
    keep: z
      .number("a number above 0 and up to 1")
      .positive("a number above 0 and up to 1")
      .max(1, "a number above 0 and up to 1")
      .default(0.5),
  },
  "a mapping with blocks and confidence",
);
const FINAL = z.strictObject(
  { candidates: count(2).default(5), items: count(1) },
  "a mapping with candidates and items",
);
const PLAIN_MERGE = z.strictObject(
  {
    name,
    merge_method: name,
    models: models.optional(),
    base_model: name.optional(),
    parameters: settings.default({}),
  },
  "a mapping with name and merge_method",
);

const OPTIMISER = z.looseObject({ name }, "a mapping with a name");
const openShare = z
  .number("a number between 0 and 1")
  .gt(0, "a number between 0 and 1")
  .lt(1, "a number between 0 and 1");

/** Won over model-based optimisers on real merges, at equal budgets (docs/results/search.md). */
const FOR_ORDERS = { name: "one_plus_one_ea", population: 6 };

/** A search of layer orders behind one of parameters. */
const NEXT = z.strictObject(
  {
    space: z.discriminatedUnion("kind", [ORDER_KEYS.path, ORDER_KEYS.dis, ORDER_KEYS.surgery], {
      error: `a space of layer orders, with kind ${Object.keys(ORDER_KEYS).join(", ")}`,
    }),
    optimiser: OPTIMISER.default(FOR_ORDERS),
    models: models.optional(),
    share: openShare.default(0.5),
  },
  "a mapping with space",
);

const START_PHRASE = "parents, or one of { recipe: FILE }, { run: FOLDER } and { parent: MODEL }";
const START = z.union(
  [
    z.literal("parents"),
    z
      .strictObject({ recipe: name.optional(), run: name.optional(), parent: name.optional() })
      .refine((start) => Object.values(start).filter((value) => value !== undefined).length === 1),
  ],
  START_PHRASE,
);

/** The keys of a search file and what they hold. What a method, an optimiser or a task allows is checked elsewhere. */
export const SEARCH_KEYS = z.strictObject(
  {
    base_model: name.optional(),
    models,
    merge_method: name,
    dtype: z.enum(["bfloat16", "float16", "float32"], "bfloat16, float16 or float32").optional(),
    parameters: settings.default({}),
    space: PARAMETER_SPACE,
    optimiser: OPTIMISER.default({ name: "cma_es" }),
    tasks: z.array(TASK, "a list of tasks").min(1, "a list of at least one task"),
    budget: BUDGET,
    racing: RACING.optional(),
    final: FINAL.optional(),
    seed: count(0).max(Number.MAX_SAFE_INTEGER, "a whole number below 2^53").default(0),
    compare: z.array(PLAIN_MERGE, "a list of merges").default([]),
    start: START.optional(),
    next: NEXT.optional(),
  },
  "a mapping of keys to values",
);

const METHODS_NAMED = 'left out, since "space" has the methods';

/** The keys of a search file whose space is one of methods; their settings stand under their names. */
export const METHOD_SEARCH_KEYS = SEARCH_KEYS.extend({
  merge_method: z.never(METHODS_NAMED).optional(),
  parameters: z.never(METHODS_NAMED).optional(),
  space: METHOD_SPACE,
  optimiser: OPTIMISER.default({ name: "conditional_hybrid" }),
});

/** The keys of a search of methods with their defaults. */
export type MethodSearchKeys = z.infer<typeof METHOD_SEARCH_KEYS>;

/** The keys of a search file whose space is one of layer orders; the method is always passthrough. */
export function orderSearchKeys(kind: keyof typeof ORDER_KEYS) {
  return SEARCH_KEYS.omit({ next: true }).extend({
    merge_method: z.literal("passthrough", "passthrough, since layers are kept as they are").default("passthrough"),
    space: ORDER_KEYS[kind],
    optimiser: OPTIMISER.default(FOR_ORDERS),
  });
}

/** A search file's keys with their defaults. */
export type SearchKeys = z.infer<typeof SEARCH_KEYS>;

/** The keys of a second search. */
export type NextKeys = z.infer<typeof NEXT>;

/** Names of the keys, by the key under which they stand; `top` for those of the file. Spaces have their own. */
export const KEYS: Readonly<Record<string, readonly string[]>> = {
  top: Object.keys(SEARCH_KEYS.shape),
  tasks: Object.keys(TASK.shape),
  budget: ["evaluations", "item_evaluations", "seconds"],
  racing: Object.keys(RACING.shape),
  final: Object.keys(FINAL.shape),
  compare: Object.keys(PLAIN_MERGE.shape),
  next: Object.keys(NEXT.shape),
};
