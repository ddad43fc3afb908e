/** What the server does at each of its paths, without a word of HTTP. */

import type { Engine } from "../engine/engine.ts";
import type { EngineGeneration, EngineRequest } from "../engine/engine-request.ts";
import type { Prompt } from "../model/language-model.ts";
import { readBody } from "./body-reader.ts";
import { type CompletionSettings, readChat, readCompletion } from "./completion-request.ts";
import {
  type AnswerHead,
  finishReason,
  streamedPart,
  streamedRole,
  streamedUsage,
  wholeAnswer,
} from "./completion-response.ts";
import type { EchoedPrompt, SpellToken } from "./echoed-prompt.ts";
import { createTextDeltas } from "./text-deltas.ts";

/** A JSON object on its way to a client. */
export type Sent = Readonly<Record<string, unknown>>;

/** What a client gets: one object, or a stream of them, each handed to `send`. */
export type Answer =
  | { readonly kind: "whole"; readonly body: Sent }
  | { readonly kind: "stream"; readonly run: (send: (part: Sent) => void) => Promise<void> };

/** Answers requests. */
export interface Answers {
  /** Lists the one model. */
  models(): Sent;
  /** @throws server/not_json, server/bad_parameter, and what the engine throws. */
  complete(kind: AnswerHead["kind"], body: string, signal: AbortSignal): Promise<Answer>;
}

/** What answers are made with. */
export interface AnswerParts {
  readonly engine: Pick<Engine, "generate" | "chatPrompt" | "spell" | "readPrompt" | "readBack">;
  /** What the model is called. */
  readonly modelName: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Ends everything. */
  readonly signal?: AbortSignal;
}

/** Makes the answers of a server with one model. */
export function createAnswers({ engine, modelName, now, signal: whole }: AnswerParts): Answers {
  const created = Math.floor(now() / 1000);
  const write: WriteTexts = (requests) => engine.generate(requests, whole);
  let count = 0;
  const headOf = (kind: AnswerHead["kind"]): AnswerHead => {
    const id = `${kind === "chat" ? "chatcmpl" : "cmpl"}-${created}-${count++}`;
    return { kind, id, model: modelName, created: Math.floor(now() / 1000) };
  };
  return {
    models: () => ({
      object: "list",
      data: [{ id: modelName, object: "model", created, owned_by: "merganser" }],
    }),
    async complete(kind, text, signal) {
      const body = readBody(text);
      const { settings, prompts, echo } = await readRequest(kind, body, engine);
      const requests = prompts.flatMap((prompt, p) =>
        Array.from({ length: settings.count }, (_, n): EngineRequest => {
          return { prompt, ...settings.request(p * settings.count + n), signal };
        }),
      );
      const head = headOf(kind);
      const source = { head, settings, spell: engine.spell, write };
      if (settings.stream) return { kind: "stream", run: (send) => stream(source, requests, send) };
      const echoed = echo ? await readPrompts(requests, settings.alternatives, engine, signal) : [];
      const written = await write(requests);
      return { kind: "whole", body: wholeAnswer(head, written, engine.spell, echoed) };
    },
  };
}

async function readRequest(
  kind: AnswerHead["kind"],
  body: ReturnType<typeof readBody>,
  engine: AnswerParts["engine"],
): Promise<{ readonly settings: CompletionSettings; readonly prompts: readonly Prompt[]; readonly echo: boolean }> {
  if (kind === "completion") {
    const { prompts, echo, ...settings } = readCompletion(body);
    return { settings, prompts, echo };
  }
  const { messages, ...settings } = readChat(body);
  return { settings, prompts: [await engine.chatPrompt(messages)], echo: false };
}

/** Reads the prompts that are to be repeated, of each text; and how probable their tokens are, if that is asked for. */
async function readPrompts(
  requests: readonly EngineRequest[],
  alternatives: number | undefined,
  engine: AnswerParts["engine"],
  signal: AbortSignal,
): Promise<readonly EchoedPrompt[]> {
  const echoed = requests.map(({ prompt }) => {
    const { ids, text } = engine.readPrompt(prompt);
    return { ids, text: typeof prompt === "string" ? prompt : text, logprobs: undefined };
  });
  if (alternatives === undefined) return echoed;
  const sequences = echoed.map(({ ids }) => ids);
  const logprobs = await engine.readBack(sequences, alternatives, signal);
  return echoed.map((prompt, i) => ({ ...prompt, logprobs: logprobs[i] }));
}

type WriteTexts = (requests: readonly EngineRequest[]) => Promise<readonly EngineGeneration[]>;

interface StreamSource {
  readonly head: AnswerHead;
  readonly settings: CompletionSettings;
  readonly spell: SpellToken;
  readonly write: WriteTexts;
}

async function stream(
  { head, settings, spell, write }: StreamSource,
  requests: readonly EngineRequest[],
  send: (part: Sent) => void,
): Promise<void> {
  const deltas = requests.map(() => createTextDeltas(settings.stops));
  if (head.kind === "chat") for (const index of requests.keys()) send(streamedRole(head, index));
  const watched = requests.map(
    (request, index): EngineRequest => ({
      ...request,
      onToken({ text, logprobs }) {
        const delta = deltas[index]!(text, false);
        if (delta === "" && logprobs === undefined) return;
        const part = { index, text: delta, ...(logprobs === undefined ? {} : { logprobs: [logprobs] }) };
        send(streamedPart(head, part, spell));
      },
    }),
  );
  const written = await write(watched);
  for (const [index, one] of written.entries()) {
    const text = deltas[index]!(one.text, true);
    send(streamedPart(head, { index, text, finish: finishReason(one) }, spell));
  }
  if (settings.streamUsage) send(streamedUsage(head, written));
}
