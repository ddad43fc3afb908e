/** Evaluations that are done elsewhere: what is sent there, and what comes back. */

import { z } from "zod";
import type { Json } from "../base/canonical-json.ts";
import { CodedError, type Wire } from "../base/errors.ts";
import { sha256 } from "../base/hash.ts";
import { searchFaults } from "./errors.ts";
import type { EvaluateRecipe, ItemBlock, SearchSplit, TaskEvaluation } from "./task-evaluation.ts";

const json = z.custom<Json>((value) => value !== undefined);

const WORK = z.object({
  /** Of merganser: another one may evaluate otherwise. */
  version: z.string(),
  /** What the other side must open. */
  setup: json,
  recipe: z.string(),
  split: z.enum(["search", "final", "holdout"]),
  block: z.object({ index: z.int(), blocks: z.int(), turn: z.int().optional() }).optional(),
});

const ITEM = z.object({ item: z.string(), value: z.number().nullable(), detail: json.optional() });

const ANSWER = z.union([
  z.object({ evaluations: z.array(z.object({ task: z.string(), items: z.array(ITEM) })) }),
  z.object({
    failure: z.object({
      code: z.string().nullable(),
      blame: z.enum(["input", "environment", "bug"]),
      message: z.string(),
      details: z.record(z.string(), z.unknown()),
    }),
  }),
]);

/** One evaluation to do. */
export type SpreadWork = z.infer<typeof WORK>;

/** What became of it: values, null where one is not a number, or why the candidate failed. */
export type SpreadAnswer =
  | {
      readonly evaluations: readonly {
        readonly task: string;
        readonly items: readonly { readonly item: string; readonly value: number | null; readonly detail?: Json }[];
      }[];
    }
  /** Errors without a code have null. */
  | { readonly failure: Omit<Wire, "code"> & { readonly code: string | null } };

/** What all evaluations of a run share. */
export interface SpreadRun {
  /** Names the run; evaluations are named by it, recipe and items. */
  readonly id: string;
  readonly version: string;
  readonly setup: Json;
}

/** Has work done elsewhere; the same id stands for the same work. */
export type AskElsewhere = (id: string, work: Json, signal: AbortSignal) => Promise<SpreadAnswer>;

/**
 * Makes the function that has recipes evaluated elsewhere. Values, and what failures say, are as if it had been here.
 *
 * @returns throws what evaluating threw there, and what `ask` throws.
 */
export function spreadEvaluation(ask: AskElsewhere, { id, version, setup }: SpreadRun): EvaluateRecipe {
  return async (recipe, split, signal, block) => {
    const work = {
      version,
      setup,
      recipe,
      split,
      ...(block === undefined ? {} : { block: { ...block, turn: block.turn ?? 0 } }),
    };
    const answer = await ask(workId(id, recipe, split, block), work, signal);
    if ("evaluations" in answer) return answer.evaluations.map(fromAnswer);
    const { code, ...failure } = answer.failure;
    throw code === null ? new Error(failure.message) : new CodedError({ code, ...failure });
  };
}

function workId(run: string, recipe: string, split: SearchSplit, block: ItemBlock | undefined): string {
  const part = block === undefined ? split : `${split}-${block.index}.${block.blocks}.${block.turn ?? 0}`;
  return `${run}-${part}-${sha256(recipe)}`;
}

type Answered = Extract<SpreadAnswer, { evaluations: unknown }>["evaluations"][number];

function fromAnswer({ task, items }: Answered): TaskEvaluation {
  return {
    task,
    items: items.map(({ item, value, detail }) => ({
      item,
      value: value ?? Number.NaN,
      ...(detail === undefined ? {} : { detail }),
    })),
  };
}

/** Reads what came back. @throws search/unreadable_answer */
export function readSpreadAnswer(answer: unknown): SpreadAnswer {
  const { success, data, error } = ANSWER.safeParse(answer);
  if (!success) throw searchFaults.unreadable_answer({ problem: error.issues[0]!.message });
  return data as SpreadAnswer;
}

/** Reads what was sent. @returns undefined for what this version does not understand */
export function readSpreadWork(work: unknown): SpreadWork | undefined {
  const { data } = WORK.safeParse(work);
  return data;
}

/** Does an evaluation that was asked elsewhere. @throws the signal's reason, once it is aborted */
export async function answerSpreadWork(
  { recipe, split, block }: SpreadWork,
  evaluate: EvaluateRecipe,
  signal: AbortSignal,
): Promise<SpreadAnswer> {
  try {
    const evaluations = await evaluate(recipe, split, signal, block);
    return { evaluations: evaluations.map(({ task, items }) => ({ task, items: items.map(toAnswer) })) };
  } catch (error) {
    signal.throwIfAborted();
    return { failure: toFailure(error) };
  }
}

function toAnswer({ item, value, detail }: TaskEvaluation["items"][number]) {
  return { item, value: Number.isFinite(value) ? value : null, ...(detail === undefined ? {} : { detail }) };
}

function toFailure(error: unknown): Extract<SpreadAnswer, { failure: unknown }>["failure"] {
  if (error instanceof CodedError) return JSON.parse(JSON.stringify(error.toJSON())) as Wire;
  const message = error instanceof Error ? error.message : String(error);
  return { code: null, blame: "bug", message, details: {} };
}
