import { type ChatMessage, openChatTemplate } from "../model/chat-template.ts";
import { readEosIds } from "../model/eos-ids.ts";
import type { Model } from "../model/model.ts";
import { hasModelFile } from "../model/model-file.ts";
import { openTokenizer, type Tokenizer } from "../model/tokenizer.ts";
import { createStopRule, type StopRule } from "./stop-rule.ts";
import { createTokenReader, type TokenReader } from "./token-reader.ts";

/** What turns texts into ids and back for one model. */
export interface ModelText {
  readonly reader: TokenReader;
  readonly stops: StopRule;
  /** As `Engine.chatPrompt`. */
  chatPrompt(messages: readonly ChatMessage[]): readonly number[];
  /** As `Engine.spell`. */
  spell(id: number): string;
}

/** What a tokenizer is made of. */
const TEXT_FILES = ["tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"];

/**
 * Makes the text side of models as they are loaded one after another. Models that share their tokenizer files share the
 * tokenizer and what it has read; it is opened when a text first needs it. Models without one take ids, and write ids
 * alone.
 */
export function createTextSource(): (model: Model, vocabulary: number) => ModelText {
  let held: { readonly key: string; readonly tokenizer: () => Tokenizer; readonly reader: TokenReader } | undefined;
  let modelName = "";
  return (model, vocabulary) => {
    modelName = model.name;
    const own = TEXT_FILES.map((file) => model.sideTexts?.get(file));
    const key = JSON.stringify([vocabulary, model.filesFolder, own]);
    if (held?.key !== key) {
      const tokenizer = openOnce(model);
      held = { key, tokenizer, reader: createTokenReader({ modelName: () => modelName, vocabulary, tokenizer }) };
    }
    const { tokenizer, reader } = held;
    const named = readEosIds(model, model.config);
    const hasTokenizer = hasModelFile(model, "tokenizer.json");
    const eosIds = (): ReadonlySet<number> => {
      const own = hasTokenizer ? tokenizer().eosId : undefined;
      return new Set(own === undefined ? named : [...named, own]);
    };
    const { name, filesFolder, sideTexts } = model;
    const files = { filesFolder, ...(sideTexts === undefined ? {} : { sideTexts }) };
    return {
      reader,
      stops: createStopRule(hasTokenizer ? tokenizer : undefined, eosIds),
      chatPrompt(messages) {
        const text = openChatTemplate(files, name).render(messages, true);
        return reader.readPrompt(tokenizer().encode(text, { addSpecialTokens: false }));
      },
      spell: (id) => (hasTokenizer ? tokenizer().decode([id]) : ""),
    };
  };
}

function openOnce(model: Model): () => Tokenizer {
  let opened: Tokenizer | undefined;
  return () => {
    opened ??= openTokenizer(model);
    return opened;
  };
}
