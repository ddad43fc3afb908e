/** Conversations on their way through prompts, which are texts, to servers that take messages. */

import { z } from "zod";

/** One message, as servers take it. */
export interface WireMessage {
  readonly role: string;
  readonly content: string;
}

/** Begins a prompt that holds messages; no text begins so by chance. */
const MARK = "\u0000messages:";

const MESSAGES = z.array(z.object({ role: z.string(), content: z.string() }));

/** Writes messages as a prompt that `messagesOf` reads: what stands for a chat template where the server has it. */
export function promptOfMessages(messages: readonly WireMessage[]): string {
  return MARK + JSON.stringify(messages.map(({ role, content }) => ({ role, content })));
}

/** Reads such a prompt; any other text is one question. */
export function messagesOf(prompt: string): readonly WireMessage[] {
  if (!prompt.startsWith(MARK)) return [{ role: "user", content: prompt }];
  return MESSAGES.parse(JSON.parse(prompt.slice(MARK.length)));
}
