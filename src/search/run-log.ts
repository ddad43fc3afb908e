/** The log of a run: which events there are, and what they add up to. */

import { z } from "zod";
import type { Json } from "../base/canonical-json.ts";
import { searchFaults } from "./errors.ts";
import type { EventStore } from "./event-store.ts";

const json = z.custom<Json>((value) => value !== undefined);
const at = z.number(); // Seconds of work since the run began, over all its sittings.
const stage = z.int().optional(); // Of a search in stages: 1 for the second one, nothing for the first.

/** What each event carries. A kind that is added later is ignored by older readers. */
const PAYLOADS = {
  /** Once, first. */
  started: z.object({ settings: z.record(z.string(), json) }),
  /** Candidates of a generation, before the first of them is evaluated. Generation 0 is the start of the search alone. */
  asked: z.object({
    at,
    stage,
    generation: z.int(),
    candidates: z.array(z.object({ id: z.int(), values: z.array(z.number()), recipe: z.string() })),
  }),
  /** A recipe on a split; its item results are stored with it. */
  evaluated: z.object({
    at,
    /** Hash of its text. */
    recipe: z.string(),
    split: z.enum(["search", "final", "holdout"]),
    /** `index/blocks@turn` where it met only a part of the items. */
    block: z.string().optional(),
    /** Whether the evaluation came from the budget. */
    counted: z.boolean(),
    items: z.int(),
    /** Why it failed; null if it did not. */
    failure: z.string().nullable(),
  }),
  /** The optimiser after it took the answers of a generation; only a stage's last one keeps its state, the others null. */
  told: z.object({ at, stage, generation: z.int(), state: json }),
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
  /** Of the first stage of the search, in order. */
  readonly generations: readonly LoggedGeneration[];
  /** The first stage's last one. */
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
  /** The same log for a later stage of the search, which has generations of its own; everything else is shared. */
  stage(number: number): RunLog;
}

/** What a stage of the search has of its own. */
interface Stage {
  readonly generations: LoggedGeneration[];
  told: Payloads["told"] | undefined;
  /** Of `told`. */
  toldSeq: number | undefined;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

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
  const counted = new Set<string>();
  const facts: Writable<Pick<RunLog, "settings" | "finished" | "seconds">> = {
    ...{ settings: undefined, finished: undefined, seconds: 0 },
  };
  const stages = new Map<number, Stage>();
  const stageOf = (number = 0): Stage => {
    const found = stages.get(number) ?? { generations: [], told: undefined, toldSeq: undefined };
    stages.set(number, found);
    return found;
  };
  const follow = <K extends keyof Payloads>(kind: K, payload: Payloads[K], seq: number): void => {
    if ("at" in payload) facts.seconds = payload.at;
    if (kind === "started") facts.settings ??= (payload as Payloads["started"]).settings;
    if (kind === "finished") facts.finished = payload as Payloads["finished"];
    if (kind === "asked") {
      const asked = payload as LoggedGeneration;
      stageOf(asked.stage).generations.push(asked);
    }
    if (kind === "told") {
      const told = payload as Payloads["told"];
      if (told.state !== null) Object.assign(stageOf(told.stage), { told, toldSeq: seq });
    }
    if (kind === "evaluated") {
      const evaluation = payload as LoggedEvaluation;
      evaluations.set(evaluationKey(evaluation.recipe, evaluation.split, evaluation.block), evaluation);
      if (evaluation.counted) counted.add(evaluation.recipe);
    }
  };
  /** States grow with the run; all of them would take its square. */
  const withoutState = (number: number) => {
    const { told, toldSeq: seq } = stageOf(number);
    return told === undefined ? undefined : { seq: seq!, payload: { ...told, state: null } as Json };
  };
  const ofStage = (number: number): RunLog => ({
    ...{ evaluations, counted, generations: stageOf(number).generations, stage: ofStage },
    get told() {
      return stageOf(number).told;
    },
    get settings() {
      return facts.settings;
    },
    get finished() {
      return facts.finished;
    },
    get seconds() {
      return facts.seconds;
    },
    append(kind, payload, results = []) {
      const isOfStage = number > 0 && (kind === "asked" || kind === "told");
      const own = isOfStage ? { ...payload, stage: number } : payload;
      const seq = store.appendEvent(kind, own as Json, results, kind === "told" ? withoutState(number) : undefined);
      follow(kind, own, seq);
    },
  });
  for (const { seq, kind, payload } of store.events()) {
    if (!Object.hasOwn(PAYLOADS, kind)) continue;
    const schema = PAYLOADS[kind as keyof Payloads];
    const checked = schema.safeParse(payload);
    if (!checked.success)
      throw searchFaults.unreadable_log({ at: `event ${seq} (${kind})`, problem: checked.error.issues[0]!.message });
    follow(kind as keyof Payloads, checked.data, seq);
  }
  return ofStage(0);
}
