import type { GenerateRequest, Prompt } from "../../model/language-model.ts";
import { cliErrors } from "../errors.ts";
import { type RunFlags, runSubject } from "../open-subject.ts";
import { repeated, wholeNumber } from "../options.ts";
import { addRunOptions } from "../recipe-options.ts";
import type { CliCommand } from "./command.ts";

interface GenerateFlags extends RunFlags {
  readonly prompt?: readonly string[];
  readonly promptIds?: readonly string[];
  readonly maxTokens: number;
  readonly until?: readonly string[];
  readonly json?: true;
}

/** `merganser generate`: continues prompts greedily. */
export const generate: CliCommand = {
  define(command, io) {
    addRunOptions(command)
      .option("--prompt <text>", "text to continue; may be given several times", repeated)
      .option("--prompt-ids <ids>", "token ids to continue, such as 1,2,3; may be given several times", repeated)
      .option("--max-tokens <n>", "new tokens at most", wholeNumber("--max-tokens", 1), 64)
      .option("--until <text>", "stop before this text; may be given several times", repeated)
      .action(async (subject: string, flags: GenerateFlags) => {
        const requests = requestsOf(flags);
        await using engine = await runSubject(subject, flags, io);
        const outputs = await engine.generate(requests, io.signal);
        if (flags.json) io.print(JSON.stringify({ outputs: outputs.map(({ text, ids }) => ({ text, ids })) }));
        else for (const { text } of outputs) io.print(text);
      });
  },
};

function requestsOf(flags: GenerateFlags): GenerateRequest[] {
  const prompts: Prompt[] = [...(flags.prompt ?? []), ...(flags.promptIds ?? []).map(parseIds)];
  if (prompts.length === 0)
    throw cliErrors.bad_usage({ message: "nothing to continue: give --prompt or --prompt-ids" });
  return prompts.map((prompt) => ({ prompt, maxTokens: flags.maxTokens, until: flags.until ?? [] }));
}

function parseIds(text: string): number[] {
  return text.split(",").map((id) => wholeNumber("--prompt-ids", 0)(id.trim()));
}
