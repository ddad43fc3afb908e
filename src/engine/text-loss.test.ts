import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { generateModel, LLAMA_CONFIG, LLAMA_SHAPES } from "../../test/generated-model.ts";
import { createPlainKernels } from "../kernels/create-plain-kernels.ts";
import { openFolderModel } from "../model/folder-model.ts";
import { textLoss } from "./text-loss.ts";

const options = { kernels: createPlainKernels(2 ** 24), threads: 1, memoryBytes: 2 ** 28 };
const filesFolder = join(import.meta.dirname, "../../test/golden/data/models/llama/chat");

it("is that of guessing for a model whose head is zero, and of no number for a broken one", async () => {
  using model = openFolderModel(filesFolder);
  const zero = { ...model, read: (_name: string, _start: number, into: Uint8Array) => void into.fill(0) };
  const vocabulary = model.tensors.get("model.embed_tokens.weight")!.shape[0]!;
  const loss = await textLoss(zero, options, "a");
  expect(loss! % Math.log(vocabulary)).toBeCloseTo(0, 4);
  const broken = { ...model, read: (_name: string, _start: number, into: Uint8Array) => void into.fill(0xff) };
  expect(await textLoss(broken, options, "a")).toBeNaN();
});

it("is unknown for models that the engine cannot run", async () => {
  const strange = generateModel({ ...LLAMA_CONFIG, architectures: ["RwkvForCausalLM"] }, LLAMA_SHAPES);
  onTestFinished(() => strange[Symbol.dispose]());
  expect(await textLoss(strange, options)).toBeUndefined();
  expect(await textLoss(generateModel(LLAMA_CONFIG, LLAMA_SHAPES), options)).toBeUndefined();
});

it("stops when it is told to", async () => {
  using model = openFolderModel(filesFolder);
  await expect(textLoss(model, { ...options, signal: AbortSignal.abort() })).rejects.toThrow("aborted");
});
