/** Conversations as the texts that a model was trained on, by the template in its folder. */

import * as library from "@huggingface/jinja";
import type { Json } from "../base/canonical-json.ts";
import { modelErrors } from "./errors.ts";
import { type FilesOwner, filesFolderOf, readModelJson, readModelText } from "./model-file.ts";
import { findSpecialTokens } from "./special-tokens.ts";

/** One turn of a conversation. */
export interface ChatMessage {
  readonly role: string;
  readonly content: string;
}

/** A model's own way of writing conversations. */
export interface ChatTemplate {
  /**
   * Writes messages as one text, special tokens spelt out; whoever tokenises it must not add others.
   *
   * @param startAnswer - whether the text ends where an answer begins; else it ends inside the last message, which goes on.
   * @throws model/bad_chat_template, with what the template itself refuses
   */
  render(messages: readonly ChatMessage[], startAnswer: boolean): string;
}

/** The parts of the library that are used; its own types name files without endings, which TypeScript does not follow. */
interface JinjaTemplate {
  render(values: Readonly<Record<string, unknown>>): string;
}
const { Template } = library as unknown as { readonly Template: new (text: string) => JinjaTemplate };

/** Templates seen have at most 20 000 characters. */
const MAX_CHARACTERS = 2 ** 20;

/**
 * Opens a model's chat template: chat_template.jinja, else `chat_template` of tokenizer_config.json, of several the one
 * named "default".
 *
 * @param name - stands in errors.
 * @throws model/no_chat_template, model/bad_chat_template, model/bad_json, model/not_an_object
 */
export function openChatTemplate(owner: FilesOwner, name: string = filesFolderOf(owner)): ChatTemplate {
  const config = readModelJson(owner, "tokenizer_config.json") ?? {};
  const text = readModelText(owner, "chat_template.jinja") ?? templateIn(config["chat_template"]);
  if (text === undefined) throw modelErrors.no_chat_template({ model: name });
  const refuse = (why: string, cause?: unknown): Error => modelErrors.bad_chat_template({ model: name, why }, cause);
  if (text.length > MAX_CHARACTERS) throw refuse(`it has ${text.length} characters, more than ${MAX_CHARACTERS}`);
  const attempt = <T>(action: () => T): T => {
    try {
      return action();
    } catch (cause) {
      throw refuse((cause as Error).message, cause);
    }
  };
  const template = attempt(() => new Template(text));
  const { byRole } = findSpecialTokens(config, readModelJson(owner, "special_tokens_map.json") ?? {});
  const tokens = Object.fromEntries([...byRole].map(([role, token]) => [`${role}_token`, token]));
  return {
    render(messages, startAnswer) {
      const values = { ...tokens, messages: messages.map((message) => ({ ...message })) };
      const rendered = attempt(() => template.render({ ...values, add_generation_prompt: startAnswer }));
      if (startAnswer) return rendered;
      const last = messages.at(-1)?.content.trim() ?? "";
      const at = rendered.lastIndexOf(last);
      if (at < 0) throw refuse("the last message does not appear in what it writes, so it cannot go on");
      return rendered.slice(0, at + last.length);
    },
  };
}

function templateIn(value: Json | undefined): string | undefined {
  if (typeof value === "string") return value;
  if (!Array.isArray(value)) return undefined;
  const named = value.map((entry) => (entry ?? {}) as { readonly [key: string]: Json });
  const chosen = named.find((entry) => entry["name"] === "default")?.["template"];
  return typeof chosen === "string" ? chosen : undefined;
}
