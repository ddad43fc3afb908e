/** The recorded architectures of test/golden/data/forward_architectures.json: a small model of each, by name. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ModelConfig } from "../src/model/model.ts";
import type { Shape } from "../src/tensor/shape.ts";

/** What `generateModel` makes a model from. */
export interface ForwardFamily {
  readonly config: ModelConfig;
  readonly shapes: Readonly<Record<string, Shape>>;
}

const { cases } = JSON.parse(
  readFileSync(join(import.meta.dirname, "golden/data/forward_architectures.json"), "utf8"),
) as { readonly cases: Readonly<Record<string, ForwardFamily>> };

/** The families by name, such as `GPT2LMHeadModel`. */
export const FORWARD_FAMILIES = cases;
