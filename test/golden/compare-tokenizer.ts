import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Model } from "../../src/model/model.ts";
import { openTokenizer } from "../../src/model/tokenizer.ts";
import { byteLength } from "../../src/tensor/dtype.ts";
import { elementCount } from "../../src/tensor/shape.ts";
import { widenTensor } from "./compare-tensor.ts";

/** What the golden file says of the tokenizer that was written. */
export interface ExpectedTokenizer {
  readonly size: number;
  /** Of lines "id TAB token LF" in the order of the ids. */
  readonly vocab_sha256: string;
  readonly added: readonly { readonly id: number; readonly content: string; readonly special: boolean }[];
  /** Texts and their ids, special tokens not added. */
  readonly encodings?: readonly (readonly [string, readonly number[]])[];
  readonly config: Readonly<Record<string, string | null>>;
  readonly chat_template_file?: string;
}

/** First three values and sum of every token's row, by tensor. */
export type ExpectedRows = Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>;

/** Classes whose transformers tokenizer splits texts otherwise than their tokenizer.json says. */
const OTHER_SPLITS = ["qwen2"];
const ROLES = ["bos_token", "eos_token", "pad_token", "unk_token"];

/**
 * Compares a written tokenizer with the expected one: tokens and ids, added tokens, special tokens, chat template, and the
 * ids of some texts.
 *
 * @param idsVary - whether the ids of new tokens are free; tokens are compared as a set then.
 * @returns what differs, or undefined.
 */
export function compareTokenizer(model: Model, expected: ExpectedTokenizer, idsVary: boolean): string | undefined {
  const folder = model.filesFolder;
  const tokenizer = openTokenizer(folder);
  if (tokenizer.vocabularySize !== expected.size) return `${tokenizer.vocabularySize} tokens, not ${expected.size}`;
  const { added_tokens: added, config } = readTokenizerFiles(folder);
  const key = ({ id, content, special }: ExpectedTokenizer["added"][number]): string =>
    idsVary ? `${content} ${special}` : `${id} ${content} ${special}`;
  const ours = added.map(key).toSorted().join("\n");
  if (ours !== expected.added.map(key).toSorted().join("\n")) return `other added tokens: ${ours}`;
  const type = String(model.config["model_type"]);
  for (const role of OTHER_SPLITS.includes(type) ? [] : ROLES) {
    if ((config[role] ?? null) !== (expected.config[role] ?? null)) return `${role} is ${JSON.stringify(config[role])}`;
  }
  const template = join(folder, "chat_template.jinja");
  const text = existsSync(template) ? readFileSync(template, "utf8") : undefined;
  if (text !== expected.chat_template_file) return `the chat template is ${JSON.stringify(text)}`;
  if (idsVary) return undefined;
  const lines = Array.from({ length: expected.size }, (_, id) => `${id}\t${tokenizer.tokenText(id)}\n`).join("");
  if (createHash("sha256").update(lines).digest("hex") !== expected.vocab_sha256) return "other tokens, or other ids";
  const wrong = OTHER_SPLITS.includes(type)
    ? undefined
    : expected.encodings?.find(([sentence, ids]) => {
        return tokenizer.encode(sentence, { addSpecialTokens: false }).join() !== ids.join();
      });
  return wrong === undefined ? undefined : `"${wrong[0]}" has other ids`;
}

function readTokenizerFiles(folder: string): {
  readonly added_tokens: ExpectedTokenizer["added"];
  readonly config: Readonly<Record<string, unknown>>;
} {
  const read = (name: string): Record<string, unknown> => JSON.parse(readFileSync(join(folder, name), "utf8"));
  const { added_tokens } = read("tokenizer.json") as { readonly added_tokens: ExpectedTokenizer["added"] };
  return { added_tokens, config: read("tokenizer_config.json") };
}

/** Compares the rows of embeddings by token, which holds whatever ids the tokens got. @returns what differs. */
export function compareRows(model: Model, expected: ExpectedRows): string | undefined {
  const { tokenId } = openTokenizer(model.filesFolder);
  for (const [name, rows] of Object.entries(expected)) {
    const { dtype, shape } = model.tensors.get(name)!;
    const bytes = new Uint8Array(byteLength(dtype, elementCount(shape)));
    model.read(name, 0, bytes);
    const values = widenTensor(dtype, bytes);
    const width = elementCount(shape.slice(1));
    for (const [token, want] of Object.entries(rows)) {
      const id = tokenId(token);
      if (id === undefined) return `the token "${token}" is missing`;
      const row = values.subarray(id * width, (id + 1) * width);
      const got = [...row.subarray(0, 3), row.reduce((sum, value) => sum + value, 0)];
      const tolerance = dtype === "F32" ? 1e-5 : 1e-2;
      if (got.some((value, i) => Math.abs(value - want[i]!) > tolerance * (1 + Math.abs(want[i]!))))
        return `${name}: the row of "${token}" is ${got}, not ${want}`;
    }
  }
  return undefined;
}
