/** What `eval` and `compare` ask when another program runs the model: a server, or a command. */

import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import { canonicalJson, type Json } from "../base/canonical-json.ts";
import type { ChatFormat } from "../evaluate/chat-format.ts";
import { createRememberingModel, type KnownAnswers } from "../evaluate/remembering-model.ts";
import { mergeRecipe } from "../merge/merge-recipe.ts";
import { openModel } from "../model/open-model.ts";
import { promptOfMessages } from "../remote/chat-prompt.ts";
import type { HttpSettings } from "../remote/http-json.ts";
import { createOpenAiModel } from "../remote/openai-model.ts";
import { createSglangModel } from "../remote/sglang-model.ts";
import { openAnswers } from "./answer-cache.ts";
import type { CliIo } from "./cli-io.ts";
import { cliErrors } from "./errors.ts";
import { chatOf, type EvaluatedSubject, type EvaluationFlags } from "./evaluated-subject.ts";
import { decimalNumber, wholeNumber } from "./options.ts";
import { isRecipePath, readGoodRecipe } from "./read-recipe.ts";
import { recipeOptions } from "./recipe-options.ts";

const KINDS = ["completions", "chat", "sglang"] as const;

/** Flags that name another runner. */
export interface RunnerFlags {
  readonly server?: string;
  readonly serverKind: (typeof KINDS)[number];
  readonly keyEnv?: string;
  readonly requestTimeout: number;
  readonly tries: number;
  readonly concurrency: number;
  readonly command?: string;
}

/** Adds them to a command. */
export function addRunnerOptions(command: Command): Command {
  return command
    .option("--server <url>", "ask a server, such as http://127.0.0.1:8000/v1, for the model of this name")
    .option("--server-kind <kind>", `interface of the server: ${KINDS.join(", ")}`, parseKind, "completions")
    .option("--key-env <name>", "environment variable that holds the server's key")
    .option(
      "--request-timeout <s>",
      "seconds until a request is tried again",
      decimalNumber("--request-timeout", 0),
      300,
    )
    .option("--tries <n>", "tries of each request", wholeNumber("--tries", 1), 5)
    .option("--concurrency <n>", "requests under way at a time", wholeNumber("--concurrency", 1), 4)
    .option("--command <text>", "let a program score the model: its command with {model}, {tasks} and {out}");
}

function parseKind(text: string): RunnerFlags["serverKind"] {
  const kind = KINDS.find((name) => name === text);
  if (kind !== undefined) return kind;
  throw cliErrors.bad_usage({ message: `--server-kind: "${text}" is none of ${KINDS.join(", ")}` });
}

/**
 * Opens a model on a server. On SGLang's, the argument is a model or recipe whose weights the server is told to read; a
 * recipe is written first. Elsewhere it is the model's name.
 *
 * @throws remote/bad_address, and what merging and the server raise
 */
export async function openServed(
  argument: string,
  flags: EvaluationFlags & RunnerFlags,
  io: CliIo,
): Promise<EvaluatedSubject> {
  const http = httpSettings(flags);
  if (flags.serverKind === "sglang") return openSglang(argument, http, flags, io);
  const model = createOpenAiModel({ ...http, model: argument, api: flags.serverKind });
  // Nobody knows whether the server has the same weights tomorrow, so nothing is remembered beyond this command.
  const remembering = createRememberingModel({ identity: "", answers: createMemory(), open: async () => model });
  const render = (messages: Parameters<ChatFormat["render"]>[0]): string => {
    if (flags.serverKind === "chat") return promptOfMessages(messages);
    throw cliErrors.bad_usage({ message: "the server has the chat template: give --server-kind chat too" });
  };
  return {
    model: remembering,
    chat: chatOf(flags, () => ({ render })),
    firstLook: () => undefined,
    [Symbol.asyncDispose]: () => remembering[Symbol.asyncDispose](),
  };
}

function httpSettings(flags: RunnerFlags): HttpSettings {
  const key = flags.keyEnv === undefined ? undefined : process.env[flags.keyEnv];
  if (flags.keyEnv !== undefined && key === undefined)
    throw cliErrors.bad_usage({ message: `--key-env: the environment has no variable ${flags.keyEnv}` });
  const { tries, concurrency } = flags;
  const common = { url: flags.server!, timeoutMs: 1000 * flags.requestTimeout, tries, concurrency };
  return key === undefined ? common : { ...common, key };
}

async function openSglang(
  argument: string,
  http: HttpSettings,
  flags: EvaluationFlags & RunnerFlags,
  io: CliIo,
): Promise<EvaluatedSubject> {
  const folder = await openFolder(argument, flags, io);
  const server = createSglangModel(http);
  const answers = flags.cache ? openAnswers(io) : undefined;
  using local = openModel(folder.path);
  const identity = createHash("sha256")
    .update(canonicalJson(["sglang", http.url, local.identity()]))
    .digest("hex");
  const remembering = createRememberingModel({
    identity,
    answers: answers ?? createMemory(),
    open: async () => {
      await server.load(folder.path, io.signal);
      return server;
    },
  });
  return {
    model: remembering,
    chat: undefined,
    firstLook: () => undefined,
    [Symbol.asyncDispose]: async () => {
      await remembering[Symbol.asyncDispose]();
      answers?.[Symbol.dispose]();
      folder[Symbol.dispose]();
    },
  };
}

/** Answers of this command alone. */
function createMemory(): KnownAnswers {
  const kept = new Map<string, Json>();
  return {
    read: (_, requests) => new Map(requests.flatMap((key) => (kept.has(key) ? [[key, kept.get(key)!] as const] : []))),
    write: (_, fresh) => {
      for (const [key, answer] of fresh) kept.set(key, answer);
    },
  };
}

/** A model's folder on disk; a recipe's lies in a temporary one until it is disposed of. */
export interface ModelFolder extends Disposable {
  readonly path: string;
}

/** Returns the folder of a model, or writes a recipe into one, for runners that read files. @throws as merging */
export async function openFolder(argument: string, flags: EvaluationFlags, io: CliIo): Promise<ModelFolder> {
  if (!isRecipePath(argument)) {
    using model = openModel(argument);
    return { path: model.filesFolder, [Symbol.dispose]: () => {} };
  }
  const parent = mkdtempSync(join(tmpdir(), "merganser-model-"));
  const remove = (): void => rmSync(parent, { recursive: true, force: true });
  try {
    const path = join(parent, "model");
    const plan = readGoodRecipe(argument, recipeOptions(flags), io);
    await mergeRecipe(plan, {
      outPath: path,
      threads: flags.threads ?? io.cores,
      memoryBytes: flags.memory,
      overwrite: false,
      resume: false,
      maxShardBytes: 0,
      signal: io.signal,
    });
    return { path, [Symbol.dispose]: remove };
  } catch (error) {
    remove();
    throw error;
  }
}

/** Cuts a command line into words at white space; quotes keep words together. */
export function wordsOf(command: string): readonly string[] {
  const words = command.match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? [];
  return words.map((word) => word.replace(/"([^"]*)"|'([^']*)'/g, "$1$2"));
}
