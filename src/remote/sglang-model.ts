import { z } from "zod";
import type {
  ContinuationScore,
  GenerateRequest,
  Generation,
  LanguageModel,
  Prompt,
  ScoreRequest,
} from "../model/language-model.ts";
import { remoteErrors } from "./errors.ts";
import { createHttpJson, type HttpJson, type HttpSettings } from "./http-json.ts";
import { checked } from "./openai-model.ts";
import { cutAtStop } from "./stop-texts.ts";

/** A model on an SGLang server, whose weights can be replaced by those of another folder. */
export interface SglangModel extends LanguageModel {
  /**
   * Makes the server read other weights of the same shape.
   *
   * @param folder - as the server sees it.
   * @throws remote/refused, remote/unreachable, remote/bad_answer
   */
  load(folder: string, signal?: AbortSignal): Promise<void>;
}

/**
 * A model that runs on an SGLang server, by the server's own interface.
 *
 * @source https://docs.sglang.ai/basic_usage/native_api.html
 */
export function createSglangModel(settings: HttpSettings): SglangModel {
  const http = createHttpJson(settings);
  return {
    async load(folder, signal) {
      const body = { model_path: folder };
      const answer = await http.post("/update_weights_from_disk", body, signal);
      const { success, message } = checked(LOADED, answer, `${http.url}/update_weights_from_disk`);
      if (!success) throw remoteErrors.refused({ url: http.url, status: 200, answer: message.slice(0, 300) });
    },
    generate: (requests, signal) => Promise.all(requests.map((request) => write(http, request, signal))),
    score: (requests, signal) => Promise.all(requests.map((request) => weigh(http, request, signal))),
    [Symbol.asyncDispose]: async () => {},
  };
}

const LOADED = z.object({ success: z.boolean(), message: z.string().default("") });

/** Texts under one name, ids under another. */
function inputOf(prompt: Prompt): object {
  return typeof prompt === "string" ? { text: prompt } : { input_ids: prompt };
}

const WRITTEN = z.object({
  text: z.string(),
  output_ids: z.array(z.number()).optional(),
  meta_info: z.object({ finish_reason: z.object({ type: z.string() }).nullish() }).optional(),
});

async function write(http: HttpJson, request: GenerateRequest, signal?: AbortSignal): Promise<Generation> {
  const { prompt, maxTokens, until, sampling } = request;
  const sampling_params = {
    max_new_tokens: maxTokens,
    stop: until.filter((text) => text !== ""),
    temperature: sampling === undefined ? 0 : (sampling.temperature ?? 1),
    ...(sampling?.topP === undefined ? {} : { top_p: sampling.topP }),
    ...(sampling?.topK === undefined ? {} : { top_k: sampling.topK === 0 ? -1 : sampling.topK }),
  };
  const answer = await http.post("/generate", { ...inputOf(prompt), sampling_params }, signal);
  const { text, output_ids = [], meta_info } = checked(WRITTEN, answer, `${http.url}/generate`);
  const cut = cutAtStop(text, until);
  const stoppedBy = cut.length < text.length ? "until" : meta_info?.finish_reason?.type === "length" ? "length" : "eos";
  return { text: cut, ids: output_ids, stoppedBy, truncated: false };
}

/** Log-probability, id and spelling of a token, or of the best ones at its place. */
const TOKEN = z.tuple([z.number().nullable(), z.number(), z.string().nullish()]);
const WEIGHED = z.object({
  meta_info: z.object({
    input_token_logprobs: z.array(TOKEN).nullish(),
    input_top_logprobs: z.array(z.array(TOKEN).nullable()).nullish(),
  }),
});

/** The context alone is asked first: how many tokens it has says where the continuation begins. */
async function weigh(http: HttpJson, request: ScoreRequest, signal?: AbortSignal): Promise<ContinuationScore> {
  const { context, continuation } = request;
  const isWhole = request.rolling === true || context === "" || context.length === 0;
  const ask = async (prompt: Prompt) => {
    const sampling_params = { max_new_tokens: 0, temperature: 0 };
    const body = {
      ...inputOf(prompt),
      sampling_params,
      return_logprob: true,
      logprob_start_len: 0,
      top_logprobs_num: 1,
    };
    const answer = checked(WEIGHED, await http.post("/generate", body, signal), `${http.url}/generate`);
    const tokens = answer.meta_info.input_token_logprobs;
    if (tokens === null || tokens === undefined) throw remoteErrors.no_logprobs({ url: http.url });
    return { tokens, top: answer.meta_info.input_top_logprobs ?? [] };
  };
  const before = isWhole ? 0 : (await ask(typeof context === "string" ? context.trimEnd() : context)).tokens.length;
  const { tokens, top } = await ask(isWhole ? continuation : joined(context, continuation, http));
  const own = tokens.flatMap(([logprob], i) => (i >= before && logprob !== null ? [{ logprob, i }] : []));
  if (own.length === 0) throw remoteErrors.no_logprobs({ url: http.url });
  return {
    logprob: own.reduce((sum, { logprob }) => sum + logprob, 0),
    greedy: own.every(({ logprob, i }) => logprob >= (top[i]?.[0]?.[0] ?? Number.POSITIVE_INFINITY) - 1e-9),
    tokens: own.length,
    truncated: false,
  };
}

function joined(context: Prompt, continuation: Prompt, http: HttpJson): Prompt {
  if (typeof context === "string" && typeof continuation === "string") return context + continuation;
  if (typeof context !== "string" && typeof continuation !== "string") return [...context, ...continuation];
  throw remoteErrors.ids_not_taken({ url: http.url });
}
