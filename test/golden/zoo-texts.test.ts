/** The texts that the zoo's own PyTorch code wrote, word for word; data/zoo_texts.json has every 50th holdout item. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openEngine } from "../../src/engine/engine.ts";
import { createPlainKernels } from "../../src/kernels/create-plain-kernels.ts";
import { openModel } from "../../src/model/open-model.ts";

interface ZooTexts {
  readonly tasks: Readonly<Record<string, { readonly maxTokens: number; readonly prompts: readonly string[] }>>;
  /** By model and task. */
  readonly texts: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

const { tasks, texts } = JSON.parse(
  readFileSync(join(import.meta.dirname, "data/zoo_texts.json"), "utf8"),
) as ZooTexts;

it.each(Object.entries(texts))("%s writes the texts of the reference", async (name, expected) => {
  using model = openModel(join(import.meta.dirname, "../../zoo/models", name));
  await using engine = await openEngine(model, { kernels: createPlainKernels(2 ** 24), threads: 1 });
  const requests = Object.values(tasks).flatMap(({ prompts, maxTokens }) =>
    prompts.map((prompt) => ({ prompt, maxTokens, until: [] })),
  );
  const written = await engine.generate(requests);
  expect(written.map(({ text }) => text)).toEqual(Object.keys(tasks).flatMap((task) => expected[task]!));
});
