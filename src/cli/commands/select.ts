import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { createRandom } from "../../base/philox.ts";
import { pairsOf } from "../../select/breed/breed-pool.ts";
import { selectErrors } from "../../select/errors.ts";
import { adviseOnPair } from "../../select/learn/advice.ts";
import { type Candidate, rateCandidates, rewardOf } from "../../select/learn/contexts.ts";
import { MergeLog } from "../../select/learn/merge-log.ts";
import { explainPrediction, parseSelector, predictScores, type Selector } from "../../select/learn/selector.ts";
import { learnSelector } from "../../select/learn/validation.ts";
import { explainPlan, modelsOf, type Planning, planSequence } from "../../select/plan-sequence.ts";
import { openRunStore } from "../../store/run-store.ts";
import type { CliIo } from "../cli-io.ts";
import { cliErrors, cliStops } from "../errors.ts";
import { wholeNumber } from "../options.ts";
import {
  describeFit,
  describePlans,
  describeRanking,
  describeSteps,
  type RankedMerge,
  type StepResult,
  withoutNaN,
} from "../select-output.ts";
import { type OpenSelection, openSelection } from "../select-run.ts";
import type { CliCommand } from "./command.ts";

interface SelectFlags {
  readonly out?: string;
  readonly task?: string;
  readonly top: number;
  readonly size: number;
  readonly with?: readonly string[];
  readonly beam: number;
  readonly recompute?: true;
  readonly evaluate?: true;
  readonly steps: number;
  readonly json?: true;
}

const ACTIONS = ["fit", "rank", "plan", "step"] as const;

/** `merganser select`: learns which merges are worth making, ranks them, plans longer ones, and makes the most telling one next. */
export const select: CliCommand = {
  define(command, io) {
    command
      .argument(
        "<action>",
        "fit: make merges and learn; rank: sort all merges; plan: a merge of several; step: make the next one",
      )
      .argument("<file>", "selection file")
      .option("--out <dir>", "folder of what was learned (default: runs/ and the file's name)")
      .option("--task <name>", "task to rank or plan for (default: the file's first)")
      .option("--top <n>", "merges to list", wholeNumber("--top", 1), 10)
      .option("--size <n>", "plan: models of the merge", wholeNumber("--size", 2), 3)
      .option("--with <models>", "plan: a merge of all these models, by name, with commas between", splitNames)
      .option("--beam <n>", "plan: sequences kept at each length", wholeNumber("--beam", 1), 5)
      .option("--recompute", "plan: measure intermediate merges instead of averaging their models' figures")
      .option("--evaluate", "plan: make the best plan and score it on holdout items, beside a uniform merge")
      .option("--steps <n>", "step: merges to make", wholeNumber("--steps", 1), 1)
      .action(async (action: string, file: string, flags: SelectFlags) => {
        const known = ACTIONS.find((name) => name === action);
        if (known === undefined) {
          throw cliErrors.bad_usage({ message: `"${action}" is not an action; choose one of ${ACTIONS.join(", ")}` });
        }
        const out = flags.out ?? join("runs", basename(file).replace(/\.ya?ml$/i, ""));
        mkdirSync(out, { recursive: true });
        await using run = openSelection(file, out, io);
        using store = openRunStore(join(out, "run.db"));
        const log = new MergeLog({
          store,
          inputs: run.inputs,
          signal: io.signal,
          scoreModel: (model, task) => run.score({ first: model, steps: [] }, task, "search"),
          scoreMerge: ([first, model], operator, task) =>
            run.score({ first, steps: [{ model, operator }] }, task, "search"),
        });
        const session: Session = { run, log, out, flags, io };
        try {
          const { text, json } = await RUNNERS[known](session);
          io.print(flags.json ? JSON.stringify(withoutNaN(json)) : text);
        } catch (error) {
          throw io.signal.aborted ? cliStops.stopped({ what: "select" }) : error;
        }
      });
  },
};

function splitNames(text: string): readonly string[] {
  return text.split(",").map((name) => name.trim());
}

interface Session {
  readonly run: OpenSelection;
  readonly log: MergeLog;
  readonly out: string;
  readonly flags: SelectFlags;
  readonly io: CliIo;
}

interface Answer {
  readonly text: string;
  readonly json: unknown;
}

const RUNNERS: Readonly<Record<(typeof ACTIONS)[number], (session: Session) => Promise<Answer>>> = {
  fit,
  rank,
  plan,
  step,
};

const SELECTOR_FILE = "selector.json";

async function fit({ run, log, out, io }: Session): Promise<Answer> {
  const { models, tasks, file } = run;
  const all = pairsOf(models).flatMap((pair) => file.operators.map(({ name }) => ({ pair, operator: name })));
  const order = shuffle(all, file.seed).slice(0, file.budget.merges);
  for (const [i, { pair, operator }] of order.entries()) {
    for (const task of tasks) {
      if (log.knows(pair, operator, task)) continue;
      const score = await log.mergeScore(pair, operator, task);
      io.note(`${i + 1}/${order.length} ${pair.join(" × ")} by ${operator}: ${task} ${score.toFixed(4)}`);
    }
  }
  const { selector, validation } = learnSelector(await log.examples(await run.features()), file.seed);
  const path = join(out, SELECTOR_FILE);
  writeFileSync(`${path}.partial`, `${JSON.stringify(selector)}\n`);
  renameSync(`${path}.partial`, path);
  const json = { ...validation, selector: path, probe_passes: run.passes() };
  return { text: describeFit(validation, path), json };
}

/** Whole pairs first to last, so that a small budget sees all operators of some pairs. */
function shuffle<T extends { readonly pair: readonly [string, string] }>(
  all: readonly T[],
  seed: number,
): readonly T[] {
  const random = createRandom({ seed, counter: 0 });
  const pairs = [...Map.groupBy(all, ({ pair }) => pair.join(" ")).values()];
  for (let i = pairs.length - 1; i > 0; i--) {
    const j = random.nextBelow(i + 1);
    [pairs[i], pairs[j]] = [pairs[j]!, pairs[i]!];
  }
  return pairs.flat();
}

function taskOf({ run, flags }: Session): string {
  const task = flags.task ?? run.tasks[0]!;
  if (!run.tasks.includes(task)) throw selectErrors.unknown_task({ task, known: run.tasks });
  return task;
}

function readSelector({ out }: Session): Selector | undefined {
  const path = join(out, SELECTOR_FILE);
  return existsSync(path) ? parseSelector(readFileSync(path, "utf8"), path) : undefined;
}

async function rank(session: Session): Promise<Answer> {
  const { run, flags } = session;
  const task = taskOf(session);
  const selector = readSelector(session);
  const featuresOf = await run.features();
  const ranked: RankedMerge[] = [];
  const scores = selector === undefined ? undefined : await scoresOf(session, run.models, task);
  for (const pair of pairsOf(scores === undefined ? run.models : [...scores.keys()])) {
    const features = featuresOf(...pair);
    if (selector === undefined || scores === undefined) {
      ranked.push({ pair, ...adviseOnPair(features) });
      continue;
    }
    const parents = [scores.get(pair[0])!, scores.get(pair[1])!] as const;
    const question = { pair, task, features, parents };
    for (const prediction of predictScores(selector, question)) {
      ranked.push({ pair, ...prediction, parents, why: explainPrediction(selector, question, prediction.operator) });
    }
  }
  const worth = (merge: RankedMerge): number => ("promise" in merge ? merge.promise : merge.score);
  const sorted = ranked.toSorted((a, b) => worth(b) - worth(a)).slice(0, flags.top);
  const json = { task, learned: selector !== undefined, merges: sorted, probe_passes: run.passes() };
  return { text: describeRanking(sorted, task), json };
}

/** Scores of the models that have one; of the others it is noted why not. */
async function scoresOf(
  { log, io }: Session,
  models: readonly string[],
  task: string,
): Promise<ReadonlyMap<string, number>> {
  const scores = new Map<string, number>();
  for (const model of models) {
    const score = await log.modelScore(model, task);
    if (Number.isFinite(score)) scores.set(model, score);
    else io.note(`left out: ${model}: ${log.failureOf(model, task)}`);
  }
  return scores;
}

/** Models that a plan may have, or must have where they are given. */
function candidatesOf({ run, flags }: Session): readonly string[] {
  const unknown = flags.with?.find((model) => !run.models.includes(model));
  if (unknown !== undefined) throw selectErrors.unknown_model({ model: unknown, known: run.models });
  return flags.with ?? run.models;
}

async function plan(session: Session): Promise<Answer> {
  const { run, flags } = session;
  const task = taskOf(session);
  const candidates = candidatesOf(session);
  const selector = readSelector(session);
  if (selector === undefined)
    throw cliErrors.bad_usage({ message: `plan: nothing was learned yet; run "select fit" first` });
  const models = await scoresOf(session, candidates, task);
  const needed = flags.with === undefined ? [] : candidates.filter((model) => !models.has(model));
  const missing = models.size === 0 ? candidates : needed;
  if (missing.length > 0) {
    throw selectErrors.unscored_models({ models: missing, reason: session.log.failureOf(missing[0]!, task)! });
  }
  const size = flags.with === undefined ? flags.size : models.size;
  const planning: Planning = {
    ...{ selector, task, models, size, beam: flags.beam, mayBeShorter: flags.with === undefined },
    featuresOf: await run.features(),
    ...(flags.recompute ? { recompute: (made, model) => run.featuresOf(made, model) } : {}),
  };
  const plans = await planSequence(planning);
  const [best] = plans;
  const why = best === undefined ? [] : await explainPlan(best, planning);
  const measured =
    flags.evaluate && best !== undefined && best.steps.length > 0
      ? {
          holdout: await run.score(best, task, "holdout"),
          uniform_holdout: await run.scoreUniform(modelsOf(best), task, "holdout"),
        }
      : undefined;
  return { text: describePlans(plans, why, task, measured), json: { task, plans, why, ...measured } };
}

async function step({ run, log, flags, io }: Session): Promise<Answer> {
  const { models, tasks, file } = run;
  const featuresOf = await run.features();
  const results: StepResult[] = [];
  for (let n = 0; n < flags.steps; n++) {
    const candidates: Candidate[] = [];
    for (const pair of pairsOf(models)) {
      for (const task of tasks) {
        const parents = [await log.modelScore(pair[0], task), await log.modelScore(pair[1], task)] as const;
        if (!parents.every(Number.isFinite)) continue;
        for (const { name: operator } of file.operators) {
          if (!log.knows(pair, operator, task))
            candidates.push({ pair, task, operator, parents, features: featuresOf(...pair) });
        }
      }
    }
    if (candidates.length === 0) break;
    const examples = await log.examples(featuresOf);
    const random = createRandom({ seed: file.seed, counter: 1_000_000 * (1 + log.merges().length) });
    const [next] = rateCandidates({ examples, candidates, policy: file.bandit, random });
    const { pair, operator, task, parents } = next!.candidate;
    const score = await log.mergeScore(pair, operator, task);
    const reward = Number.isNaN(score) ? 0 : rewardOf({ ...next!.candidate, score });
    const { expected, uncertainty, index } = next!.rated;
    results.push({
      pair,
      operator,
      task,
      parents,
      score,
      reward,
      expected,
      uncertainty,
      index,
      why: next!.why,
      merges: examples.length,
    });
    io.note(`${pair.join(" × ")} by ${operator}: ${task} ${score.toFixed(4)}`);
  }
  return { text: describeSteps(results), json: { steps: results } };
}
