import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { expectCode } from "../../test/expect-code.ts";
import { createTemporaryFolder } from "../../test/temporary-folder.ts";
import { readEosIds } from "./eos-ids.ts";
import type { ModelConfig } from "./model.ts";

it.each<[string | undefined, ModelConfig, number[]]>([
  ['{"eos_token_id":[7,8]}', { eos_token_id: 2 }, [7, 8]],
  ['{"eos_token_id":0}', { eos_token_id: 2 }, [0]],
  ['{"eos_token_id":null}', { eos_token_id: 2 }, [2]],
  ["{}", { eos_token_id: [2, 3] }, [2, 3]],
  [undefined, { eos_token_id: null, text_config: { eos_token_id: 5 } }, [5]],
  [undefined, {}, []],
])("takes generation_config.json %s before config.json %j: %j", (generation, config, expected) => {
  const folder = createTemporaryFolder();
  if (generation !== undefined) writeFileSync(join(folder, "generation_config.json"), generation);
  expect(readEosIds(folder, config)).toEqual(expected);
});

it.each(["x", -1, 1.5, [1, "x"], {}, true])("refuses %j", (id) => {
  const folder = createTemporaryFolder();
  const details = expectCode("model/config_key_type", () => readEosIds(folder, { eos_token_id: id as never }));
  expect(details).toMatchObject({ file: join(folder, "config.json"), key: "eos_token_id" });
});
