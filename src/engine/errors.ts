import { defineErrors } from "../base/errors.ts";

/** Errors of models that cannot run, and of requests that cannot be answered. */
export const engineErrors = defineErrors("engine", "input", {
  unknown_architecture: (d: { model: string; architecture: string; supported: readonly string[] }) =>
    `${d.model}: architecture ${d.architecture} is not supported; the engine runs ${d.supported.join(", ")}`,
  no_path_folding: (d: { architecture: string }) =>
    `${d.architecture} stores the norms behind its layers' parts less one, so a path's scales cannot be written into its weights; search the path with "scales: none"`,
  bad_config: (d: { model: string; key: string; got: string; allowed: string }) =>
    `${d.model}: config.json has "${d.key}" ${d.got}, and the engine needs ${d.allowed}`,
  bad_shape: (d: { model: string; tensor: string; got: string; expected: string }) =>
    `${d.model}: tensor "${d.tensor}" has shape ${d.got}, and config.json calls for ${d.expected}`,
  unknown_token: (d: { model: string; id: number; vocabulary: number }) =>
    `${d.model}: token id ${d.id} is not in the model's vocabulary; ids go from 0 to ${d.vocabulary - 1}`,
  empty_prompt: (d: { model: string }) =>
    `${d.model}: the prompt has no tokens, and the tokenizer names neither a BOS nor an EOS token to start from`,
  empty_continuation: (d: { request: number }) =>
    `request ${d.request}: the continuation has no tokens, so it has no probability; give it at least one character`,
  prompt_too_long: (d: { request: number; tokens: number; context: number }) =>
    `request ${d.request}: the prompt has ${d.tokens} tokens, and the model's context of ${d.context} must hold at least one more; shorten it, or let it be cut`,
  continuation_too_long: (d: { request: number; tokens: number; context: number }) =>
    `request ${d.request}: the continuation has ${d.tokens} tokens, more than the model's context of ${d.context}; shorten it`,
  bad_max_tokens: (d: { request: number; got: number }) =>
    `request ${d.request}: maxTokens is ${d.got}; it must be a whole number of at least 0`,
  bad_sampling: (d: { request: number; setting: string; got: number; allowed: string }) =>
    `request ${d.request}: ${d.setting} is ${d.got}; it must be ${d.allowed}`,
  only_scores: (d: { model: string; needBytes: number }) =>
    `${d.model}: a model that is read layer by layer cannot write texts; let it have more (--memory) than the ${d.needBytes} bytes of its weights and 332 MiB, or score with it`,
  not_16_bit: (d: { model: string; got: readonly string[] }) =>
    `${d.model}: its matrices are ${d.got.join(" and ") || "missing"}, and only those that are all BF16 or all F16 can be kept as they are stored; leave out "--weights stored", or give the recipe a dtype`,
  not_loaded: (d: { model: string }) =>
    `${d.model}: its weights could not be read to their end, so there is no model to run; load one again`,
  not_finite: (d: { model: string; request: number }) =>
    `${d.model}: the model computes values that are not numbers (request ${d.request}); its weights are broken or too large`,
});

/** Errors of the machine that runs the model. */
export const engineMachineErrors = defineErrors("engine", "environment", {
  runtime_missing: (d: { why: string }) =>
    `onnxruntime-node cannot be loaded: ${d.why}; install it with "npm install" (merging works without it)`,
  run_failed: (d: { step: string; why: string }) => `ONNX Runtime failed at ${d.step}: ${d.why}`,
  out_of_memory: (d: { what: string; needBytes: number; memoryBytes: number }) =>
    `${d.what} takes ${d.needBytes} bytes, more than the ${d.memoryBytes} that the engine may use; raise the memory limit or ask for less`,
});
