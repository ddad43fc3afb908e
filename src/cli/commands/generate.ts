import type { Engine } from "../../engine/engine.ts";
import type { EngineRequest } from "../../engine/engine-request.ts";
import type { Sampling } from "../../engine/sampling.ts";
import type { ChatMessage } from "../../model/chat-template.ts";
import type { Prompt } from "../../model/language-model.ts";
import { cliErrors } from "../errors.ts";
import { describeLook, lookToJson } from "../first-look.ts";
import { type RunFlags, runSubject } from "../open-subject.ts";
import { decimalNumber, repeated, wholeNumber } from "../options.ts";
import { addRunOptions } from "../recipe-options.ts";
import type { CliCommand } from "./command.ts";

interface GenerateFlags extends RunFlags {
  readonly prompt?: readonly string[];
  readonly promptIds?: readonly string[];
  readonly chat?: true;
  readonly system?: string;
  readonly maxTokens: number;
  readonly until?: readonly string[];
  readonly ignoreEos?: true;
  readonly timeLimit?: number;
  readonly temperature?: number;
  readonly topK?: number;
  readonly topP?: number;
  readonly repetitionPenalty?: number;
  readonly json?: true;
}

/** `merganser generate`: continues prompts, greedily if nothing else is said. */
export const generate: CliCommand = {
  define(command, io) {
    addRunOptions(command)
      .option("--prompt <text>", "text to continue; may be given several times", repeated)
      .option("--prompt-ids <ids>", "token ids to continue, such as 1,2,3; may be given several times", repeated)
      .option("--chat", "take each --prompt as a question and write it in the model's chat template")
      .option("--system <text>", "what a chat begins with; with --chat")
      .option("--max-tokens <n>", "new tokens at most", wholeNumber("--max-tokens", 1), 64)
      .option("--until <text>", "stop before this text; may be given several times", repeated)
      .option("--ignore-eos", "go on after end-of-sequence tokens")
      .option("--time-limit <seconds>", "end all texts after this time", decimalNumber("--time-limit", 0))
      .option("--temperature <t>", "draw tokens at random; --seed decides", decimalNumber("--temperature", 0))
      .option("--top-k <n>", "draw from the n most probable tokens", wholeNumber("--top-k", 1))
      .option("--top-p <p>", "draw from the tokens that have this probability together", decimalNumber("--top-p", 0))
      .option(
        "--repetition-penalty <p>",
        "above 1: avoid tokens that were there",
        decimalNumber("--repetition-penalty", 0),
      )
      .action(async (subject: string, flags: GenerateFlags) => {
        checkPrompts(flags);
        const prompts = [...(flags.prompt ?? []), ...(flags.promptIds ?? []).map(parseIds)];
        await using running = await runSubject(subject, flags, io, prompts);
        const { engine, look } = running;
        const outputs = await engine.generate(await requestsOf(flags, engine), io.signal);
        if (flags.json)
          io.print(JSON.stringify({ outputs: outputs.map(({ text, ids }) => ({ text, ids })), ...lookToJson(look) }));
        else {
          for (const { text } of outputs) io.print(text);
          if (look !== undefined) io.note(describeLook(look));
        }
      });
  },
};

function checkPrompts({ prompt = [], promptIds = [], chat, system }: GenerateFlags): void {
  if (prompt.length + promptIds.length === 0)
    throw cliErrors.bad_usage({ message: "nothing to continue: give --prompt or --prompt-ids" });
  if (system !== undefined && chat !== true)
    throw cliErrors.bad_usage({ message: "--system begins a chat: give --chat too" });
  promptIds.map(parseIds);
}

async function requestsOf(flags: GenerateFlags, engine: Engine): Promise<readonly EngineRequest[]> {
  const asked = flags.prompt ?? [];
  const texts: readonly Prompt[] =
    flags.chat === true
      ? await Promise.all(asked.map((content) => engine.chatPrompt(conversation(content, flags.system))))
      : asked;
  const prompts = [...texts, ...(flags.promptIds ?? []).map(parseIds)];
  const sampling = samplingOf(flags);
  return prompts.map((prompt, i) => ({
    prompt,
    maxTokens: flags.maxTokens,
    until: flags.until ?? [],
    ignoreEos: flags.ignoreEos === true,
    ...(flags.timeLimit === undefined ? {} : { timeLimitMs: 1000 * flags.timeLimit }),
    ...(sampling === undefined ? {} : { sampling: { ...sampling, seed: flags.seed + i } }),
  }));
}

function conversation(question: string, system: string | undefined): readonly ChatMessage[] {
  const asked = { role: "user", content: question };
  return system === undefined ? [asked] : [{ role: "system", content: system }, asked];
}

/** Without a temperature, limits on what is drawn mean temperature 1, and a penalty alone stays greedy. */
function samplingOf({ temperature, topK, topP, repetitionPenalty }: GenerateFlags): Sampling | undefined {
  const isDrawn = temperature !== undefined || topK !== undefined || topP !== undefined;
  if (!isDrawn && repetitionPenalty === undefined) return undefined;
  return {
    temperature: temperature ?? (isDrawn ? 1 : 0),
    ...(topK === undefined ? {} : { topK }),
    ...(topP === undefined ? {} : { topP }),
    ...(repetitionPenalty === undefined ? {} : { repetitionPenalty }),
  };
}

function parseIds(text: string): number[] {
  return text.split(",").map((id) => wholeNumber("--prompt-ids", 0)(id.trim()));
}
