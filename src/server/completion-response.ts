/** Answers in the words of OpenAI's interface. */

import type { EngineGeneration, TokenLogprobs } from "../engine/engine-request.ts";
import { type EchoedPrompt, echoLogprobs, echoText, type SpellToken } from "./echoed-prompt.ts";

/** What every part of an answer says of itself. */
export interface AnswerHead {
  readonly kind: "completion" | "chat";
  readonly id: string;
  readonly model: string;
  /** Seconds since 1970. */
  readonly created: number;
}

/** What happened to a text: new characters, tokens, its end. */
export interface TextPart {
  readonly index: number;
  readonly text: string;
  /** Absent where none were asked for. */
  readonly logprobs?: readonly TokenLogprobs[];
  /** Absent while the text goes on. */
  readonly finish?: "stop" | "length";
}

/** Why a text ended. */
export function finishReason({ stoppedBy }: EngineGeneration): "stop" | "length" {
  return stoppedBy === "eos" || stoppedBy === "until" ? "stop" : "length";
}

/**
 * Writes a whole answer.
 *
 * @param echoed - the prompt of each text, where texts begin with them.
 */
export function wholeAnswer(
  head: AnswerHead,
  written: readonly EngineGeneration[],
  spell: SpellToken,
  echoed: readonly EchoedPrompt[] = [],
): Readonly<Record<string, unknown>> {
  const choices = written.map((one, index) => {
    const { text, logprobs } = one;
    const common = { index, finish_reason: finishReason(one) };
    const part = { index, text, ...(logprobs === undefined ? {} : { logprobs }) };
    const prompt = echoed[index];
    if (prompt !== undefined)
      return { ...common, text: echoText(prompt, one), logprobs: echoLogprobs(prompt, one, spell) ?? null };
    return head.kind === "chat"
      ? { ...common, message: { role: "assistant", content: text }, logprobs: chatLogprobs(part, spell) }
      : { ...common, text, logprobs: plainLogprobs(part, spell) };
  });
  const object = head.kind === "chat" ? "chat.completion" : "text_completion";
  return { ...envelope(head, object), choices, usage: countTokens(written) };
}

/** Writes one part of a stream. */
export function streamedPart(head: AnswerHead, part: TextPart, spell: SpellToken): Readonly<Record<string, unknown>> {
  const common = { index: part.index, finish_reason: part.finish ?? null };
  if (head.kind === "completion")
    return {
      ...envelope(head, "text_completion"),
      choices: [{ ...common, text: part.text, logprobs: plainLogprobs(part, spell) }],
    };
  const delta = part.text === "" ? {} : { content: part.text };
  return {
    ...envelope(head, "chat.completion.chunk"),
    choices: [{ ...common, delta, logprobs: chatLogprobs(part, spell) }],
  };
}

/** Writes the first part of a chat's stream, which says who speaks. */
export function streamedRole(head: AnswerHead, index: number): Readonly<Record<string, unknown>> {
  const choice = { index, delta: { role: "assistant", content: "" }, logprobs: null, finish_reason: null };
  return { ...envelope(head, "chat.completion.chunk"), choices: [choice] };
}

/** Writes the count of tokens that may end a stream. */
export function streamedUsage(
  head: AnswerHead,
  written: readonly EngineGeneration[],
): Readonly<Record<string, unknown>> {
  const object = head.kind === "chat" ? "chat.completion.chunk" : "text_completion";
  return { ...envelope(head, object), choices: [], usage: countTokens(written) };
}

function envelope({ id, model, created }: AnswerHead, object: string) {
  return { id, object, created, model };
}

function countTokens(written: readonly EngineGeneration[]) {
  const prompt = written.reduce((sum, { promptTokens }) => sum + promptTokens, 0);
  const completion = written.reduce((sum, { ids }) => sum + ids.length, 0);
  return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion };
}

function plainLogprobs({ logprobs }: TextPart, spell: SpellToken) {
  if (logprobs === undefined) return null;
  return {
    tokens: logprobs.map(({ id }) => spell(id)),
    token_logprobs: logprobs.map(({ logprob }) => logprob),
    top_logprobs: logprobs.map(({ top }) => Object.fromEntries(top.map(({ id, logprob }) => [spell(id), logprob]))),
  };
}

function chatLogprobs({ logprobs }: TextPart, spell: SpellToken) {
  if (logprobs === undefined) return null;
  const one = ({ id, logprob }: { readonly id: number; readonly logprob: number }) => {
    const token = spell(id);
    return { token, logprob, bytes: [...new TextEncoder().encode(token)] };
  };
  return { content: logprobs.map((token) => ({ ...one(token), top_logprobs: token.top.map(one) })) };
}
