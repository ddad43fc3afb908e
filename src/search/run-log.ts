/** The log of a run: which events there are, and what they add up to. */

import { z } from "zod";
import type { Json } from "../base/canonical-json.ts";
import { searchFaults } from "./errors.ts";
import type { EventStore } from "./event-store.ts";

const json = z.custom<Json>((value) => value !== undefined);
const at = z.number(); // Seconds of work since the run began, over all its sittings.

/** What each event carries. A kind that is added later is ignored by older readers. */
const PAYLOADS = {
  /** Once, first. */
  started: z.object({ settings: z.record(z.string(), json) }),
  /** Candidates of a generation, before the first of them is evaluated. Generation 0 is the start of the search alone. */
  asked: z.object({
    at,
    generation: z.int(),
    candidates: z.array(z.object({ id: z.int(), values: z.array(z.number()), recipe: z.string() })),
  }),
  /** A recipe on a split; its item results are stored with it. */
  evaluated: z.object({
    at,
    /** Hash of its text. */
    recipe: z.string(),
    split: z.enum(["search", "final", "holdout"]),
    /** `index/blocks` where it met only a part of the items. */
    block: z.string().optional(),
    /** Whether the evaluation came from the budget. */
    counted: z.boolean(),
    items: z.int(),
    /** Why it failed; null if it did not. */
    failure: z.string().nullable(),
  }),
  /** The optimiser after it took the answers of a generation. */
  told: z.object({ at, generation: z.int(), state: json }),
  /** Once, last. */
  finished: z.object({ at, stoppedBy: z.array(z.object({ name: z.string(), detail: z.string() })) }),
} as const;

type Payloads = { readonly [K in keyof typeof PAYLOADS]: z.infer<(typeof PAYLOADS)[K]> };

/** An evaluation that was done. */
export type LoggedEvaluation = Payloads["evaluated"];

/** The candidates of a generation, as the log has them. */
export type LoggedGeneration = Payloads["asked"];

/** What a run has done so far, and the way to add to it. */
export interface RunLog {
  /** Settings of the first sitting; undefined before the run began. */
  readonly settings: { readonly [key: string]: Json } | undefined;
  /** By recipe and split; see `evaluationKey`. */
  readonly evaluations: ReadonlyMap<string, LoggedEvaluation>;
  /** Recipes that the budget has paid for. */
  readonly counted: ReadonlySet<string>;
  /** In order. */
  readonly generations: readonly LoggedGeneration[];
  /** The last one. */
  readonly told: Payloads["told"] | undefined;
  readonly finished: Payloads["finished"] | undefined;
  /** Seconds of work at the last event. */
  readonly seconds: number;
  /** Stores an event and takes note of it. */
  append<K extends keyof Payloads>(
    kind: K,
    payload: Payloads[K],
    results?: Parameters<EventStore["appendEvent"]>[2],
  ): void;
}

/** Names an evaluation. */
export function evaluationKey(recipe: string, split: string, block?: string): string {
  return block === undefined ? `${split} ${recipe}` : `${split} ${block} ${recipe}`;
}

/**
 * Reads the log of a run and follows it.
 *
 * @throws search/unreadable_log
 */
export function openRunLog(store: EventStore): RunLog {
  const evaluations = new Map<string, LoggedEvaluation>();
  const generations: LoggedGeneration[] = [];
  const counted = new Set<string>();
  const log = {
    settings: undefined as RunLog["settings"],
    evaluations,
    counted,
    generations,
    told: undefined as RunLog["told"],
    finished: undefined as RunLog["finished"],
    seconds: 0,
    append<K extends keyof Payloads>(
      kind: K,
      payload: Payloads[K],
      results: Parameters<EventStore["appendEvent"]>[2] = [],
    ) {
      store.appendEvent(kind, payload as Json, results);
      follow(kind, payload);
    },
  };
  const follow = <K extends keyof Payloads>(kind: K, payload: Payloads[K]): void => {
    if ("at" in payload) log.seconds = payload.at;
    if (kind === "started") log.settings ??= (payload as Payloads["started"]).settings;
    if (kind === "asked") generations.push(payload as LoggedGeneration);
    if (kind === "told") log.told = payload as Payloads["told"];
    if (kind === "finished") log.finished = payload as Payloads["finished"];
    if (kind === "evaluated") {
      const evaluation = payload as LoggedEvaluation;
      evaluations.set(evaluationKey(evaluation.recipe, evaluation.split, evaluation.block), evaluation);
      if (evaluation.counted) counted.add(evaluation.recipe);
    }
  };
  for (const { seq, kind, payload } of store.events()) {
    if (!Object.hasOwn(PAYLOADS, kind)) continue;
    const schema = PAYLOADS[kind as keyof Payloads];
    const checked = schema.safeParse(payload);
    if (!checked.success)
      throw searchFaults.unreadable_log({ at: `event ${seq} (${kind})`, problem: checked.error.issues[0]!.message });
    follow(kind as keyof Payloads, checked.data);
  }
  return log;
}
