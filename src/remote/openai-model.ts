import { z } from "zod";
import type {
  ContinuationScore,
  GenerateRequest,
  Generation,
  LanguageModel,
  Prompt,
  ScoreRequest,
} from "../model/language-model.ts";
import { messagesOf } from "./chat-prompt.ts";
import { remoteErrors, remoteFaults } from "./errors.ts";
import { createHttpJson, type HttpJson, type HttpSettings } from "./http-json.ts";
import { cutAtStop } from "./stop-texts.ts";

/** How a server of OpenAI's interface is used. */
export interface OpenAiSettings extends HttpSettings {
  /** The model's name on the server. */
  readonly model: string;
  /** "completions" continues texts and can weigh them; "chat" answers questions, as turns of a conversation. */
  readonly api: "completions" | "chat";
}

/** Stop texts that OpenAI's interface takes; further ones are looked for here. */
const MAX_STOPS = 4;

/**
 * A model that runs on a server of OpenAI's interface: vLLM, SGLang, llama.cpp, transformers serve, and others.
 *
 * Texts go as they are; the server adds special tokens as it does by default. Token ids of what was written are not
 * known, and a prompt that is too long is the server's business.
 */
export function createOpenAiModel(settings: OpenAiSettings): LanguageModel {
  const http = createHttpJson(settings);
  return {
    generate: (requests, signal) =>
      Promise.all(
        requests.map((request) => (settings.api === "chat" ? chat : complete)(http, settings.model, request, signal)),
      ),
    score: (requests, signal) => {
      if (settings.api === "chat") throw remoteErrors.no_logprobs({ url: http.url });
      return Promise.all(requests.map((request) => weigh(http, settings.model, request, signal)));
    },
    [Symbol.asyncDispose]: async () => {},
  };
}

const COMPLETION = z.object({
  choices: z.array(z.object({ text: z.string(), finish_reason: z.string().nullish() })).min(1),
});

async function complete(
  http: HttpJson,
  model: string,
  request: GenerateRequest,
  signal?: AbortSignal,
): Promise<Generation> {
  const prompt = textOf(request.prompt, http);
  const answer = await http.post("/completions", { model, prompt, ...settingsOf(request) }, signal);
  const [choice] = checked(COMPLETION, answer, `${http.url}/completions`).choices;
  return generationOf(choice!.text, choice!.finish_reason, request);
}

const CHAT = z.object({
  choices: z
    .array(z.object({ message: z.object({ content: z.string().nullish() }), finish_reason: z.string().nullish() }))
    .min(1),
});

async function chat(
  http: HttpJson,
  model: string,
  request: GenerateRequest,
  signal?: AbortSignal,
): Promise<Generation> {
  const messages = messagesOf(textOf(request.prompt, http));
  const answer = await http.post("/chat/completions", { model, messages, ...settingsOf(request) }, signal);
  const [choice] = checked(CHAT, answer, `${http.url}/chat/completions`).choices;
  return generationOf(choice!.message.content ?? "", choice!.finish_reason, request);
}

function settingsOf({ maxTokens, until, sampling }: GenerateRequest): object {
  const stop = until.filter((text) => text !== "").slice(0, MAX_STOPS);
  return {
    max_tokens: maxTokens,
    ...(stop.length === 0 ? {} : { stop }),
    temperature: sampling === undefined ? 0 : (sampling.temperature ?? 1),
    ...(sampling?.topP === undefined ? {} : { top_p: sampling.topP }),
    ...(sampling?.topK === undefined ? {} : { top_k: sampling.topK }),
    ...(sampling?.seed === undefined ? {} : { seed: sampling.seed }),
  };
}

function generationOf(text: string, finish: string | null | undefined, { until }: GenerateRequest): Generation {
  const cut = cutAtStop(text, until);
  const stoppedBy = cut.length < text.length ? "until" : finish === "length" ? "length" : "eos";
  return { text: cut, ids: [], stoppedBy, truncated: false };
}

const ECHO = z.object({
  choices: z
    .array(
      z.object({
        logprobs: z
          .object({
            tokens: z.array(z.string()),
            token_logprobs: z.array(z.number().nullable()),
            text_offset: z.array(z.number()),
            top_logprobs: z.array(z.record(z.string(), z.number()).nullable()).nullish(),
          })
          .nullish(),
      }),
    )
    .min(1),
});

async function weigh(
  http: HttpJson,
  model: string,
  request: ScoreRequest,
  signal?: AbortSignal,
): Promise<ContinuationScore> {
  const context = request.rolling === true ? "" : textOf(request.context, http);
  const prompt = context + textOf(request.continuation, http);
  const body = { model, prompt, max_tokens: 1, temperature: 0, logprobs: 1, echo: true };
  const answer = checked(ECHO, await http.post("/completions", body, signal), `${http.url}/completions`);
  const logprobs = answer.choices[0]!.logprobs;
  if (logprobs === null || logprobs === undefined) throw remoteErrors.no_logprobs({ url: http.url });
  const { token_logprobs, text_offset, top_logprobs } = logprobs;
  // White space at the end of the context belongs to the continuation, as in the harness; offsets count code points.
  const from = Array.from(context.trimEnd()).length;
  const end = Array.from(prompt).length;
  const own = text_offset.flatMap((offset, i) => (offset >= from && offset < end ? [i] : []));
  // The first token of all has nothing to be predicted from.
  const known = own.filter((i) => i > 0 || token_logprobs[i] !== null);
  if (known.length === 0 || known.some((i) => typeof token_logprobs[i] !== "number"))
    throw remoteErrors.no_logprobs({ url: http.url });
  return {
    logprob: known.reduce((sum, i) => sum + token_logprobs[i]!, 0),
    greedy: known.every((i) => {
      const best = Math.max(...Object.values(top_logprobs?.[i] ?? {}));
      return token_logprobs[i]! >= best - 1e-9;
    }),
    tokens: known.length,
    truncated: false,
  };
}

function textOf(prompt: Prompt, http: HttpJson): string {
  if (typeof prompt === "string") return prompt;
  throw remoteErrors.ids_not_taken({ url: http.url });
}

/** @throws remote/bad_answer */
export function checked<T>(schema: z.ZodType<T>, answer: unknown, url: string): T {
  const result = schema.safeParse(answer);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw remoteFaults.bad_answer({ url, problem: `${issue!.path.join(".") || "the whole"}: ${issue!.message}` });
}
