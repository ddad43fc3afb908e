/** Prompts as messages, and how messages become the text that a model reads. */

/** One message of a prompt. */
export interface Message {
  readonly role: "system" | "user" | "assistant";
  readonly content: string;
  /** What follows it in plain text. */
  readonly delimiter: string;
}

/** A message as a chat template takes it. */
export interface ChatMessage {
  readonly role: Message["role"];
  readonly content: string;
}

/** How prompts are written for a chat model. */
export interface ChatFormat {
  /**
   * Renders the messages with the model's own template.
   *
   * @param startAnswer - whether the text ends where an answer begins; else it ends inside the last message, which is
   * the assistant's and goes on.
   */
  readonly render: (messages: readonly ChatMessage[], startAnswer: boolean) => string;
  /** Goes in front of everything. */
  readonly systemInstruction?: string;
  /** Whether few-shot examples are turns of the chat, or parts of the one question. @default false */
  readonly multiturn?: boolean;
}

/** The messages one after another. */
export function plainText(messages: readonly Message[]): string {
  return messages.map(({ content, delimiter }) => content + delimiter).join("");
}

/** The messages in the model's own template. A beginning of the answer stays open. */
export function chatText(messages: readonly Message[], { render, multiturn = false }: ChatFormat): string {
  const isOpen = messages.at(-1)!.role === "assistant";
  const turns = multiturn ? messages : singleTurn(messages);
  return render(
    turns.map(({ role, content }) => ({ role, content })),
    !isOpen,
  );
}

/** Examples and question as one message of the user; what stands between system and the beginning of the answer. */
function singleTurn(messages: readonly Message[]): readonly Message[] {
  const system = messages[0]!.role === "system" ? [messages[0]!] : [];
  const open = messages.at(-1)!.role === "assistant" ? [messages.at(-1)!] : [];
  const asked = messages.slice(system.length, messages.length - open.length);
  const content = asked.map((each, i) => each.content + (i === asked.length - 1 ? "" : each.delimiter)).join("");
  return [...system, { role: "user", content, delimiter: "" }, ...open];
}

/** Joins two texts, with a delimiter where neither has white space at the border and neither is empty. */
export function delimited(first: string, second: string, delimiter: string): string {
  const needed = first !== "" && second !== "" && !/\s$/.test(first) && !/^\s/.test(second);
  return needed ? first + delimiter + second : first + second;
}
