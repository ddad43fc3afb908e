/** What clients ask for, in the words of OpenAI's interface. */

import type { EngineRequest } from "../engine/engine-request.ts";
import type { Sampling } from "../engine/sampling.ts";
import type { ChatMessage } from "../model/chat-template.ts";
import type { Prompt } from "../model/language-model.ts";
import type { BodyReader } from "./body-reader.ts";

/** What both kinds of requests say, besides what is to be continued. */
export interface CompletionSettings {
  readonly stream: boolean;
  /** Whether a stream ends with a count of tokens. */
  readonly streamUsage: boolean;
  /** Texts for each prompt. */
  readonly count: number;
  readonly stops: readonly string[];
  /** Most probable tokens beside each; undefined if none are reported. */
  readonly alternatives: number | undefined;
  /** The request of the i-th text without its prompt. */
  readonly request: (i: number) => Omit<EngineRequest, "prompt">;
}

const MAX_TEXTS = 64;
const MAX_STOPS = 16;
const MAX_ALTERNATIVES = 20;
/** New tokens where a client does not say; OpenAI's number for completions. */
const DEFAULT_TOKENS = { completion: 16, chat: 1024 };

/** What a request for completions says. */
export interface CompletionRequest extends CompletionSettings {
  readonly prompts: readonly Prompt[];
  /** Whether texts begin with their prompts. */
  readonly echo: boolean;
}

/** Reads a request for completions. @throws server/bad_parameter */
export function readCompletion(body: BodyReader): CompletionRequest {
  const prompts = readPrompts(body);
  const alternatives = body.number("logprobs", { least: 0, most: MAX_ALTERNATIVES, whole: true });
  const echo = body.boolean("echo") === true;
  const settings = readSettings(body, { alternatives, defaultTokens: DEFAULT_TOKENS.completion });
  if (prompts.length * settings.count > MAX_TEXTS) throw body.refuse("prompt", `at most ${MAX_TEXTS} texts with "n"`);
  if (echo && settings.stream) throw body.refuse("echo", 'false where "stream" is true');
  return { ...settings, prompts, echo };
}

/** Reads a request for an answer in a chat. @throws server/bad_parameter */
export function readChat(body: BodyReader): CompletionSettings & { readonly messages: readonly ChatMessage[] } {
  const messages = readMessages(body);
  const top = body.number("top_logprobs", { least: 0, most: MAX_ALTERNATIVES, whole: true });
  const alternatives = body.boolean("logprobs") === true ? (top ?? 0) : undefined;
  if (top !== undefined && alternatives === undefined)
    throw body.refuse("top_logprobs", 'left out unless "logprobs" is true');
  return { ...readSettings(body, { alternatives, defaultTokens: DEFAULT_TOKENS.chat }), messages };
}

interface KindSettings {
  readonly alternatives: number | undefined;
  readonly defaultTokens: number;
}

function readSettings(body: BodyReader, { alternatives, defaultTokens }: KindSettings): CompletionSettings {
  const stops = body.texts("stop");
  if (stops.length > MAX_STOPS) throw body.refuse("stop", `at most ${MAX_STOPS} texts`);
  const limits = { least: 0, most: Number.MAX_SAFE_INTEGER, whole: true } as const;
  const maxTokens = body.number("max_completion_tokens", limits) ?? body.number("max_tokens", limits) ?? defaultTokens;
  const sampling = readSampling(body);
  const seed = body.number("seed", { ...limits, least: Number.MIN_SAFE_INTEGER }) ?? 0;
  const ignoreEos = body.boolean("ignore_eos") === true;
  const options = (body.raw("stream_options") ?? {}) as Readonly<Record<string, unknown>>;
  return {
    stream: body.boolean("stream") === true,
    streamUsage: options["include_usage"] === true,
    count: body.number("n", { least: 1, most: MAX_TEXTS, whole: true }) ?? 1,
    stops,
    alternatives,
    request: (i) => ({
      maxTokens,
      until: stops,
      ignoreEos,
      sampling: { ...sampling, seed: seed + i },
      ...(alternatives === undefined ? {} : { alternatives }),
    }),
  };
}

/** `top_k`, `repetition_penalty` and `ignore_eos` are not OpenAI's; other servers have them under these names. */
function readSampling(body: BodyReader): Sampling {
  const topP = body.number("top_p", { least: Number.MIN_VALUE, most: 1 });
  const topK = body.number("top_k", { least: -1, most: Number.MAX_SAFE_INTEGER, whole: true });
  const penalty = body.number("repetition_penalty", { least: Number.MIN_VALUE, most: 100 });
  for (const name of ["frequency_penalty", "presence_penalty"])
    if ((body.number(name, { least: -2, most: 2 }) ?? 0) !== 0)
      throw body.refuse(name, '0; there is "repetition_penalty"');
  return {
    temperature: body.number("temperature", { least: 0, most: 100 }) ?? 1,
    ...(topP === undefined ? {} : { topP }),
    ...(topK === undefined ? {} : { topK: Math.max(0, topK) }),
    ...(penalty === undefined ? {} : { repetitionPenalty: penalty }),
  };
}

/** A text, ids, or a list of either. */
function readPrompts(body: BodyReader): readonly Prompt[] {
  const value = body.raw("prompt");
  const prompts: readonly unknown[] = Array.isArray(value) && !isIds(value) ? value : [value];
  if (prompts.length > 0 && prompts.every((each): each is Prompt => typeof each === "string" || isIds(each)))
    return prompts;
  throw body.refuse("prompt", "a text, a list of token ids, or a list of either");
}

function isIds(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.length > 0 && value.every((id) => Number.isSafeInteger(id));
}

function readMessages(body: BodyReader): readonly ChatMessage[] {
  const value = body.raw("messages");
  const messages = Array.isArray(value) ? value.map(toMessage) : [];
  if (messages.length > 0 && messages.every((message) => message !== undefined)) return messages;
  throw body.refuse("messages", 'a list of {"role", "content"} with texts');
}

/** Content is a text, or a list of parts that are texts. */
function toMessage(value: unknown): ChatMessage | undefined {
  const { role, content } = (value ?? {}) as Readonly<Record<string, unknown>>;
  const parts: readonly unknown[] = Array.isArray(content) ? content.map((part) => part?.text) : [content];
  const isText = parts.every((part): part is string => typeof part === "string");
  return typeof role === "string" && isText ? { role, content: parts.join("") } : undefined;
}
