/** What `eval` and `compare` ask: a model or a recipe, whose answers are remembered between commands. */

import type { FirstLook } from "../engine/first-look.ts";
import { isQuantised } from "../engine/matrix-type.ts";
import type { ChatFormat } from "../evaluate/chat-format.ts";
import { createRememberingModel, type RememberingModel } from "../evaluate/remembering-model.ts";
import { openChatTemplate } from "../model/chat-template.ts";
import type { AnswerStore } from "../store/answer-store.ts";
import { answerIdentity, openAnswers } from "./answer-cache.ts";
import type { CliIo } from "./cli-io.ts";
import { cliErrors } from "./errors.ts";
import { createStoredLook } from "./first-look.ts";
import { openKernels, openSubject, openWithin, type RunFlags } from "./open-subject.ts";

/** Flags of commands that evaluate. */
export interface EvaluationFlags extends RunFlags {
  /** As `openWithin` has it. */
  readonly bound?: number | undefined;
  /** False for `--no-cache`. */
  readonly cache: boolean;
  readonly applyChatTemplate?: true;
  readonly fewshotAsMultiturn?: true;
  readonly systemInstruction?: string;
}

/** A model, ready to be evaluated; weights are read when it is first asked something new. */
export interface EvaluatedSubject extends AsyncDisposable {
  readonly model: RememberingModel;
  /** How its prompts are written; undefined for plain text. */
  readonly chat: ChatFormat | undefined;
  /** How far off the answers are, once something was asked; undefined for exact weights. */
  firstLook(): FirstLook | undefined;
}

/** Flags that change how a model is run but not what it answers, and flags of the evaluation itself. */
const NEUTRAL: ReadonlySet<string> = new Set([
  ...["threads", "memory", "bound", "weights", "cache", "task", "split", "limit", "items", "metric", "json", "debug"],
  ...["applyChatTemplate", "fewshotAsMultiturn", "systemInstruction"],
  ...["server", "serverKind", "keyEnv", "requestTimeout", "tries", "concurrency", "command"],
]);

/** Opens what an argument of `eval` or `compare` names. @throws what opening and planning raise */
export function openEvaluated(argument: string, flags: EvaluationFlags, io: CliIo): EvaluatedSubject {
  const { bound } = flags;
  const kernels = openKernels();
  const model = openSubject(argument, flags, kernels, io);
  const answers = flags.cache ? openAnswers(io) : undefined;
  const settings = Object.entries(flags).filter(
    ([name]) => !NEUTRAL.has(name) || (name === "weights" && isQuantised(flags.weights)),
  );
  const identity = answerIdentity(model, JSON.stringify(settings));
  const look = createStoredLook(identity, answers ?? FORGETFUL);
  const remembering = createRememberingModel({
    identity,
    answers: answers ?? FORGETFUL,
    open: () => openWithin(model, flags, { kernels, threads: flags.threads ?? io.cores, bound, look }),
  });
  return {
    model: remembering,
    firstLook: look.read,
    chat: chatOf(flags, () => openChatTemplate(model, argument)),
    [Symbol.asyncDispose]: async () => {
      await remembering[Symbol.asyncDispose]();
      model[Symbol.dispose]();
      answers?.[Symbol.dispose]();
    },
  };
}

const FORGETFUL: Pick<AnswerStore, "read" | "write"> = { read: () => new Map(), write: () => {} };

/** Reads the flags of chats. @throws cli/bad_usage for those that need another */
export function chatOf(flags: EvaluationFlags, open: () => Pick<ChatFormat, "render">): ChatFormat | undefined {
  const { applyChatTemplate, fewshotAsMultiturn, systemInstruction } = flags;
  if (applyChatTemplate !== true) {
    const lonely = fewshotAsMultiturn === true ? "--fewshot-as-multiturn" : systemInstruction && "--system-instruction";
    if (lonely) throw cliErrors.bad_usage({ message: `${lonely} is for chats: give --apply-chat-template too` });
    return undefined;
  }
  const template = open();
  return {
    render: (messages, startAnswer) => template.render(messages, startAnswer),
    multiturn: fewshotAsMultiturn === true,
    ...(systemInstruction === undefined ? {} : { systemInstruction }),
  };
}
