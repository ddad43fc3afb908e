import { z } from "zod";
import type { CodedError } from "../base/errors.ts";
import { nearestName } from "../base/nearest.ts";
import { searchErrors } from "./errors.ts";
import type { KeyPath, LocatedYaml } from "./located-yaml.ts";

// Each type's error text is the phrase after "must be" in search/bad_value.
const name = z.string("a text").min(1, "a text that is not empty");
const finite = z.number("a number");
const count = (from: number) => z.int("a whole number").min(from, `a whole number from ${from}`);
const settings = z.record(z.string(), z.json("a value"), "a mapping of names to values");
const models = z.array(name, "a list of paths").min(1, "a list of at least one path");

const RANGE = z.strictObject(
  {
    low: finite,
    high: finite,
    start: finite.optional(),
    off: finite.optional(),
    softmax: z.boolean("true or false").optional(),
  },
  "a range, for example { low: 0, high: 1 }",
);
const positive = z.number("a number above 0").positive("a number above 0");
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

/** A layer each, or so many groups. */
const GROUPS = z.union([z.literal("each"), count(1)], 'a whole number from 1, or "each"').default(1);
const PARAMETER_SPACE = z
  .object(
    {
      layer_groups: GROUPS,
      components: z.array(name, "a list of parts of tensor names").min(1, "a list of parts of tensor names").optional(),
    },
    "a mapping of parameters to ranges",
  )
  .catchall(RANGE);
const SCALE = z
  .strictObject(
    { low: finite, high: finite, start: finite.default(1) },
    "a range of scales, for example { low: 0.1, high: 1.9 }",
  )
  .default({ low: 0.1, high: 1.9, start: 1 });
const share = z.number("a number from 0 to 1").min(0, "a number from 0 to 1").max(1, "a number from 0 to 1");

/** Spaces of layer orders, by their `kind`. */
export const ORDER_KEYS = {
  path: z.strictObject({
    kind: z.literal("path"),
    repeats: count(1).max(8, "a whole number from 1 to 8").default(1),
    scales: z.enum(["hop", "pair", "none"], "hop, pair or none").default("hop"),
    scale: SCALE,
    most_layers: count(1).optional(),
    start_first: share.default(0.9),
    start_others: share.default(0.1),
  }),
  dis: z.strictObject({
    kind: z.literal("dis"),
    repeats: count(1).max(2, "1 or 2").default(1),
    scale: SCALE,
    most_layers: count(1).optional(),
  }),
  surgery: z.strictObject({
    kind: z.literal("surgery"),
    operations: z
      .array(z.enum(["skip", "repeat", "swap"], "skip, repeat or swap"), "a list of skip, repeat and swap")
      .min(1, "a list of skip, repeat and swap")
      .default(["skip", "repeat"]),
    longest: count(1).default(1),
  }),
} as const;

/** A space of layer orders, as its file has it. */
export type OrderKeys = z.infer<(typeof ORDER_KEYS)[keyof typeof ORDER_KEYS]>;

const OPTIMISER = z.looseObject({ name }, "a mapping with a name");
const openShare = z
  .number("a number between 0 and 1")
  .gt(0, "a number between 0 and 1")
  .lt(1, "a number between 0 and 1");

/** A search of layer orders behind one of parameters. */
const NEXT = z.strictObject(
  {
    space: z.discriminatedUnion("kind", [ORDER_KEYS.path, ORDER_KEYS.dis, ORDER_KEYS.surgery], {
      error: `a space of layer orders, with kind ${Object.keys(ORDER_KEYS).join(", ")}`,
    }),
    optimiser: OPTIMISER.default({ name: "conditional_hybrid" }),
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

/** The keys of a search file whose space is one of layer orders; the method is always passthrough. */
export function orderSearchKeys(kind: keyof typeof ORDER_KEYS) {
  return SEARCH_KEYS.omit({ next: true }).extend({
    merge_method: z.literal("passthrough", "passthrough, since layers are kept as they are").default("passthrough"),
    space: ORDER_KEYS[kind],
  });
}

/** A search file's keys with their defaults. */
export type SearchKeys = z.infer<typeof SEARCH_KEYS>;

/** The keys of a second search. */
export type NextKeys = z.infer<typeof NEXT>;

/** Keys of a space that are not parameters. */
const SPACE_KEYS = ["layer_groups", "components"];

/** Turns what zod found into coded errors with places. */
export function keyProblems(error: z.ZodError, yaml: LocatedYaml): readonly CodedError[] {
  return error.issues.flatMap((issue): readonly CodedError[] => {
    const path = issue.path.map((key) => (typeof key === "symbol" ? String(key) : key));
    const where = yaml.whereIs(path);
    if (issue.code === "unrecognized_keys") {
      const known = keysAt(path, yaml.value);
      return issue.keys.map((key) =>
        searchErrors.unknown_key({ where: yaml.whereIs([...path, key]), key, nearest: nearestName(key, known), known }),
      );
    }
    if (path.length === 2 && path[0] === "space" && nearestName(String(path[1]), SPACE_KEYS) !== undefined) {
      const nearest = nearestName(String(path[1]), SPACE_KEYS);
      return [searchErrors.unknown_key({ where, key: String(path[1]), nearest, known: SPACE_KEYS })];
    }
    const got = valueAt(yaml.value, path);
    if (got === undefined && path.length > 0) return [searchErrors.missing_key({ where, key: path.join(".") })];
    return [searchErrors.bad_value({ where, key: path.join("."), got: shorten(got), expected: issue.message })];
  });
}

function keysAt(path: KeyPath, value: unknown): readonly string[] {
  const [top] = path;
  const kind = valueAt(value, ["space", "kind"]);
  const nextKind = valueAt(value, ["next", "space", "kind"]);
  if (top === "next" && path[1] === "space" && isOrderKind(nextKind))
    return Object.keys(path.length > 2 ? RANGE.shape : ORDER_KEYS[nextKind].shape);
  if (top === "space" && isOrderKind(kind)) return Object.keys(path.length > 1 ? RANGE.shape : ORDER_KEYS[kind].shape);
  if (top === undefined) return Object.keys(SEARCH_KEYS.shape);
  const shapes: Readonly<Record<string, { readonly [key: string]: unknown }>> = {
    space: RANGE.shape,
    tasks: TASK.shape,
    budget: { evaluations: true, item_evaluations: true, seconds: true },
    racing: RACING.shape,
    final: FINAL.shape,
    compare: PLAIN_MERGE.shape,
    next: NEXT.shape,
  };
  return Object.keys(shapes[String(top)] ?? {});
}

/** Whether a search file's space has one of the kinds of layer orders. */
export function isOrderKind(kind: unknown): kind is keyof typeof ORDER_KEYS {
  return typeof kind === "string" && Object.hasOwn(ORDER_KEYS, kind);
}

function valueAt(value: unknown, path: KeyPath): unknown {
  return path.reduce<unknown>(
    (inner, key) => (typeof inner === "object" && inner !== null ? Reflect.get(inner, key) : undefined),
    value,
  );
}

function shorten(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}
