import type { FirstLook } from "../../engine/first-look.ts";
import { type Ranking, rankModels } from "../../evaluate/ranking.ts";
import { scoreToJson } from "../../evaluate/results.ts";
import { cliErrors } from "../errors.ts";
import {
  addTaskOptions,
  evaluateSubject,
  itemResults,
  type SubjectResults,
  type TaskFlags,
} from "../evaluate-subject.ts";
import { describeLook, lookToJson } from "../first-look.ts";
import { addSubjectOptions, memoryBound } from "../recipe-options.ts";
import { formatTable } from "../text-table.ts";
import type { CliCommand } from "./command.ts";

interface CompareFlags extends TaskFlags {
  readonly metric?: string;
  readonly json?: true;
}

/** `merganser compare`: which of several models or recipes is better on the same items, and how sure that is. */
export const compare: CliCommand = {
  define(command, io) {
    addTaskOptions(addSubjectOptions(command.argument("<models-or-recipes...>", "at least two models or recipes")))
      .option("--metric <name>", "the score that counts (default: the first of each task file)")
      .action(async (subjects: readonly string[], flags: CompareFlags) => {
        if (new Set(subjects).size < 2 || new Set(subjects).size < subjects.length)
          throw cliErrors.bad_usage({ message: "give at least two different models or recipes to compare" });
        const evaluated: (SubjectResults & { readonly name: string })[] = [];
        const bounded = { ...flags, bound: memoryBound(command) };
        for (const name of subjects) evaluated.push({ name, ...(await evaluateSubject(name, bounded, io)) });
        const rankings = evaluated[0]!.results.map((_, i) =>
          rankModels(
            evaluated.map(({ name, results }) => ({ name, result: itemResults(results)[i]! })),
            flags.metric,
          ),
        );
        if (flags.json)
          io.print(JSON.stringify({ models: subjects, tasks: toJson(rankings), ...looksToJson(evaluated) }));
        else {
          for (const ranking of rankings) io.print(describe(ranking));
          for (const { name, look } of evaluated) if (look !== undefined) io.print(`${name}: ${describeLook(look)}`);
        }
      });
  },
};

/** As `lookToJson`, by model. */
function looksToJson(
  evaluated: readonly { readonly name: string; readonly look: FirstLook | undefined }[],
): ReturnType<typeof lookToJson> {
  const looks = evaluated.flatMap(({ name, look }) => {
    const { first_look } = lookToJson(look);
    return first_look === undefined ? [] : [[name, first_look] as const];
  });
  return looks.length === 0 ? {} : { first_look: Object.fromEntries(looks) };
}

function toJson(rankings: readonly Ranking[]): object {
  const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
  return Object.fromEntries(
    rankings.map(({ task, metric, models, pairs, decided, optimism }) => [
      task,
      {
        metric,
        winner: models[0]!.name,
        decided,
        optimism: finite(optimism),
        scores: Object.fromEntries(models.map(({ name, score }) => [name, scoreToJson(score)])),
        pairs: pairs.map((pair) => ({
          first: pair.first,
          second: pair.second,
          difference: scoreToJson(pair.difference),
          first_better: pair.firstHigher,
          second_better: pair.secondHigher,
          equal: pair.equal,
          test: pair.test,
          p: pair.pValue,
          p_holm: pair.correctedPValue,
          items_needed: finite(pair.itemsNeeded),
          more_items: finite(Math.max(0, pair.itemsNeeded - pair.difference.n)),
        })),
      },
    ]),
  );
}

function describe({ task, metric, models, pairs, decided, optimism }: Ranking): string {
  const [best] = models;
  const scores = models.map(({ name, score: { value, low, high, n } }) => [
    name,
    fixed(value),
    `${fixed(low)} – ${fixed(high)}`,
    String(n),
  ]);
  const rows = pairs.map((pair) => {
    const { value, low, high } = pair.difference;
    return [
      `${pair.first} over ${pair.second}`,
      signed(value),
      `${signed(low)} – ${signed(high)}`,
      `${pair.firstHigher} : ${pair.secondHigher}`,
      pair.correctedPValue < 0.0001 ? "< 0.0001" : pair.correctedPValue.toFixed(4),
      moreItems(pair.itemsNeeded, pair.difference.n, pair.correctedPValue),
    ];
  });
  const verdict = decided
    ? `${best!.name} wins (${metric}; every difference to it holds at the 5 % level${pairs.length > 1 ? ", corrected for all pairs" : ""})`
    : `${best!.name} has the best ${metric}, but that is not decided`;
  return [
    `${task}: ${verdict}`,
    `selected on these items, its score is too good by about ${fixed(optimism)}`,
    "",
    formatTable([["model", metric, "95 % interval", "items"], ...scores]),
    "",
    formatTable([["difference", "mean", "95 % interval", "better : worse", "p", "more items"], ...rows]),
    "",
  ].join("\n");
}

function moreItems(needed: number, have: number, p: number): string {
  if (p <= 0.05) return "decided";
  if (!Number.isFinite(needed)) return "no difference";
  return needed > have ? `about ${needed - have}` : "a few";
}

function fixed(value: number): string {
  return Number.isNaN(value) ? "–" : value.toFixed(4);
}

function signed(value: number): string {
  return `${value > 0 ? "+" : ""}${fixed(value)}`;
}
