import { writeFileSync } from "node:fs";
import { itemsToJsonl, resultsToJson, type ScoreJson } from "../../evaluate/results.ts";
import {
  addTaskOptions,
  evaluateSubject,
  itemResults,
  type SubjectResults,
  type TaskFlags,
} from "../evaluate-subject.ts";
import { describeLook, lookToJson } from "../first-look.ts";
import { addRunOptions, memoryBound } from "../recipe-options.ts";
import { formatTable } from "../text-table.ts";
import type { CliCommand } from "./command.ts";

interface EvalFlags extends TaskFlags {
  readonly items?: string;
  readonly json?: true;
}

/** `merganser eval`: scores a model or recipe on task files, with 95 % intervals. */
export const evaluate: CliCommand = {
  define(command, io) {
    addTaskOptions(addRunOptions(command))
      .option("--items <file>", "write every item's result to this JSONL file")
      .action(async (subject: string, flags: EvalFlags) => {
        const evaluated = await evaluateSubject(subject, { ...flags, bound: memoryBound(command) }, io);
        const { results, groups, cost, look } = evaluated;
        if (flags.items !== undefined) writeFileSync(flags.items, itemsToJsonl(itemResults(results)));
        if (flags.json) io.print(JSON.stringify({ ...resultsToJson(results, groups), cost, ...lookToJson(look) }));
        else {
          io.print(describeResults(evaluated));
          if (look !== undefined) io.print(describeLook(look));
          io.note(describeCost(cost));
        }
      });
  },
};

function describeResults({ results, groups }: SubjectResults): string {
  const json = resultsToJson(results, groups);
  const rows = Object.entries({ ...json.tasks, ...json.groups }).flatMap(([task, metrics]) =>
    Object.entries(metrics).map(([metric, score]) => rowOf(task, metric, score)),
  );
  return formatTable([["task", "metric", "score", "95 % interval", "items"], ...rows]);
}

function rowOf(task: string, metric: string, { value, low, high, n }: ScoreJson): readonly string[] {
  return [task, metric, fixed(value), `${fixed(low)} – ${fixed(high)}`, n === null ? "–" : String(n)];
}

/** A score that could not be computed has no number. */
function fixed(value: number | null): string {
  return value === null ? "–" : value.toFixed(4);
}

function describeCost({ requests, tokens, remembered, truncated, seconds }: SubjectResults["cost"]): string {
  const known = remembered === 0 ? "" : `, ${remembered} of them remembered (--no-cache asks again)`;
  const cut = truncated === 0 ? "" : `; ${truncated} prompts were too long and lost their beginning`;
  return `${requests} requests${known}, ${tokens} tokens, ${seconds.toFixed(1)} s${cut}`;
}
