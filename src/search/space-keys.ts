/** The keys of spaces. What a method allows is checked elsewhere. */

import { z } from "zod";
import { count, finite, name, positive, settings } from "./key-types.ts";

/** The range of a number. */
export const RANGE = z.strictObject(
  {
    low: finite,
    high: finite,
    start: finite.optional(),
    off: finite.optional(),
    softmax: z.boolean("true or false").optional(),
    shared: z.boolean("true or false").optional(),
  },
  "a range, for example { low: 0, high: 1 }",
);
const FLAGS_PHRASE = "[false, true] where both are searched";
const FLAGS = z
  .array(z.boolean(FLAGS_PHRASE), FLAGS_PHRASE)
  .length(2, FLAGS_PHRASE)
  .refine(([one, other]) => one !== other, FLAGS_PHRASE);
/** A ratio of two models that is drawn. */
const BETA = z.strictObject({ beta: positive }, "a mapping with beta");

/** What stands under the name of a parameter; `formOf` tells which one was meant. */
const SEARCHED = z.union([RANGE, FLAGS, BETA]);

/** Which of `SEARCHED` a mapping with beta is. */
export const BETA_FORM = 2;

/** Tells by its form which of several things that may stand in one place was meant: a list, a mapping with beta, or else. */
export function formOf(value: unknown): number {
  if (Array.isArray(value)) return 1;
  return typeof value === "object" && value !== null && "beta" in value ? BETA_FORM : 0;
}

/** A searched parameter, as its file has it. */
export type SearchedKeys = z.infer<typeof SEARCHED>;

/** A layer each, or so many groups. */
const GROUPS = z.union([z.literal("each"), count(1)], 'a whole number from 1, or "each"').default(1);
const PARTS_PHRASE = "a list of parts of tensor names";
const PARTS = z.array(name, PARTS_PHRASE).min(1, PARTS_PHRASE).optional();

/** A space of one method's parameters. */
export const PARAMETER_SPACE = z
  .object({ layer_groups: GROUPS, components: PARTS }, "a mapping of parameters to ranges")
  .catchall(SEARCHED);

const METHOD = z.object({ parameters: settings.default({}) }, "a mapping of parameters to ranges").catchall(SEARCHED);
const METHODS_PHRASE = "a mapping of methods to what is searched of them, or a list of methods";
/** A space of methods and their parameters. */
export const METHOD_SPACE = z.strictObject({
  kind: z.literal("methods"),
  layer_groups: GROUPS,
  components: PARTS,
  methods: z.union([z.record(z.string(), METHOD, METHODS_PHRASE), z.array(name, METHODS_PHRASE)], METHODS_PHRASE),
});

/** A space of methods, as its file has it. */
export type MethodSpaceKeys = z.infer<typeof METHOD_SPACE>;

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

/** Whether a search file's space has one of the kinds of layer orders. */
export function isOrderKind(kind: unknown): kind is keyof typeof ORDER_KEYS {
  return typeof kind === "string" && Object.hasOwn(ORDER_KEYS, kind);
}
