/** What runs in the thread of a worker: evaluates the candidates it is sent, whichever search they belong to. */

import { workerData } from "node:worker_threads";
import { canonicalJson } from "../base/canonical-json.ts";
import { CodedError } from "../base/errors.ts";
import { answerSpreadWork, readSpreadWork, type SpreadAnswer } from "../search/spread-evaluation.ts";
import type { CandidateEvaluator } from "./candidate-evaluator.ts";
import { cliErrors } from "./errors.ts";
import { openEvaluationSetup } from "./evaluation-setup.ts";
import { createPathMap } from "./path-map.ts";
import { VERSION } from "./version.ts";

/** What a worker is told once. */
export interface ThreadSetup {
  /** `FROM=TO`: paths of other machines. */
  readonly maps: readonly string[];
  readonly threads: number | undefined;
}

/** What became of an evaluation; a refusal says why it cannot be done here. */
export type ThreadOutcome = SpreadAnswer | { readonly refusal: string };

const { maps, threads } = workerData as ThreadSetup;
const locate = createPathMap(maps);

/** The setup that is open: models and engine of the search that was served last. */
let open: { readonly key: string; readonly evaluator: CandidateEvaluator } | undefined;

/** The entry point that the pool calls. Who calls stops it by ending the thread. */
export async function evaluateInThread(json: unknown): Promise<ThreadOutcome> {
  try {
    const work = readSpreadWork(json);
    if (work?.version !== VERSION) throw cliErrors.other_version({ got: `merganser ${work?.version ?? "unknown"}` });
    const evaluator = await openFor(work.setup);
    return await answerSpreadWork(work, evaluator.evaluateRecipe, new AbortController().signal);
  } catch (error) {
    if (error instanceof CodedError) return { refusal: `${error.message} [${error.code}]` };
    throw error;
  }
}

async function openFor(setup: Parameters<typeof openEvaluationSetup>[0]): Promise<CandidateEvaluator> {
  const key = canonicalJson(setup);
  if (open?.key === key) return open.evaluator;
  const old = open;
  open = undefined;
  await old?.evaluator[Symbol.asyncDispose]();
  open = { key, evaluator: openEvaluationSetup(setup, { locate, threads }) };
  return open.evaluator;
}
