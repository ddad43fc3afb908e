import { parseJsonl } from "../../format/jsonl.ts";
import type { ContinuationScore, Prompt, ScoreRequest } from "../../model/language-model.ts";
import { cliErrors } from "../errors.ts";
import { createLookMemory, describeLook, lookToJson } from "../first-look.ts";
import { type RunFlags, runScorer } from "../open-subject.ts";
import { readText } from "../read-recipe.ts";
import { addRunOptions, memoryBound } from "../recipe-options.ts";
import type { CliCommand } from "./command.ts";

interface ScoreFlags extends RunFlags {
  readonly pairs: string;
  readonly json?: true;
}

/** `merganser score`: log-likelihoods of continuations. */
export const score: CliCommand = {
  define(command, io) {
    addRunOptions(command)
      .requiredOption("--pairs <file>", 'JSONL of {"context", "continuation"} or {"context_ids", "continuation_ids"}')
      .action(async (subject: string, flags: ScoreFlags) => {
        const requests = readPairs(flags.pairs);
        const memory = createLookMemory();
        await using engine = await runScorer(subject, flags, io, { bound: memoryBound(command), look: memory });
        const scores = (await engine.score(requests, io.signal)).map(toJson);
        const look = memory.read();
        if (flags.json) io.print(JSON.stringify(look === undefined ? scores : { scores, ...lookToJson(look) }));
        else {
          for (const entry of scores)
            io.print(`${entry.logprob.toFixed(6)}  ${entry.greedy ? "greedy" : ""}`.trimEnd());
          if (look !== undefined) io.note(describeLook(look));
        }
      });
  },
};

function toJson({ logprob, greedy }: ContinuationScore): { readonly logprob: number; readonly greedy: boolean } {
  return { logprob, greedy };
}

function readPairs(file: string): ScoreRequest[] {
  return parseJsonl(readText(file), file).map(({ line, value }) => {
    const pair = value !== null && typeof value === "object" && !Array.isArray(value) ? value : {};
    const record = pair as Readonly<Record<string, unknown>>;
    const part = (name: string): Prompt => {
      const ids = record[`${name}_ids`] ?? record[name];
      if (typeof ids === "string" || isIds(ids)) return ids;
      throw cliErrors.bad_pairs({
        file,
        line,
        got: ids === undefined ? `"${name}" is missing` : `"${name}" is ${JSON.stringify(ids)}`,
      });
    };
    return { context: part("context"), continuation: part("continuation"), overflow: "stretch" };
  });
}

function isIds(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((id) => Number.isInteger(id));
}
