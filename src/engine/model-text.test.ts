import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { expectCode } from "../../test/expect-code.ts";
import { generateModel } from "../../test/generated-model.ts";
import { createTemporaryFolder } from "../../test/temporary-folder.ts";
import type { ModelConfig } from "../model/model.ts";
import { createTextSource } from "./model-text.ts";

const ZOO = join(import.meta.dirname, "../../test/golden/data/tokenizers/zoo");

function model(filesFolder: string, config: ModelConfig = {}) {
  return generateModel(config, {}, { filesFolder });
}

describe("createTextSource", () => {
  it("ends texts at the ids of config.json, of generation_config.json instead, and of the tokenizer", () => {
    const folder = createTemporaryFolder();
    cpSync(ZOO, folder, { recursive: true });
    const textOf = createTextSource();
    const endsAt = (config: ModelConfig): readonly number[] => {
      const { stops } = textOf(model(folder, config), 690);
      return [2, 7, 8, 9].filter((id) => stops.reason([id], []) === "eos");
    };
    expect(endsAt({})).toEqual([2]);
    expect(endsAt({ eos_token_id: 7 })).toEqual([2, 7]);
    writeFileSync(join(folder, "generation_config.json"), '{"eos_token_id": [8, 9]}');
    expect(endsAt({ eos_token_id: 7 })).toEqual([2, 8, 9]);
  });

  it("shares what was read between models with the same tokenizer", () => {
    const textOf = createTextSource();
    const { reader } = textOf(model(ZOO), 690);
    expect(textOf(model(ZOO), 690).reader).toBe(reader);
    expect(textOf(model(ZOO), 100).reader).not.toBe(reader);
  });

  it("takes ids for a model without a tokenizer, and says what a text needs", () => {
    const { reader, stops } = createTextSource()(model(createTemporaryFolder(), { eos_token_id: 3 }), 10);
    expect(reader.readPrompt([4])).toEqual([4]);
    expect(stops.reason([3], [])).toBe("eos");
    expectCode("model/missing_file", () => reader.readPrompt("text"));
  });
});
