import { defineErrors } from "../base/errors.ts";

/** Errors of models: what a reference, a folder or its files lack. `file` is a path as the user would find it. */
export const modelErrors = defineErrors("model", "input", {
  not_found: (d: { reference: string; looked: readonly string[]; nearest: string | undefined }) =>
    `model "${d.reference}" was not found: there is no ${d.looked.join(", and no ")}; ` +
    `${d.nearest === undefined ? "check the path" : `did you mean "${d.nearest}"?`} ` +
    "(a hub model must be in the local cache: `merganser download` gets it there)",
  unsupported_reference: (d: { reference: string; what: string; fix: string }) =>
    `model "${d.reference}": ${d.what}; ${d.fix}`,
  unsupported_weights: (d: { folder: string; found: readonly string[] }) =>
    `${d.folder}: the weights are of a kind that cannot be read (${d.found.join(", ")}); ` +
    "supported are safetensors, torch's .bin, .pt, .pth and .ckpt, and .gguf, so convert them to safetensors",
  ambiguous_weights: (d: { folder: string; found: readonly string[] }) =>
    `${d.folder}: there are several weight files (${d.found.join(", ")}) and no index; name the file that is meant`,
  no_weights: (d: { folder: string }) =>
    `${d.folder}: there are no weights in it; expected model.safetensors, or model.safetensors.index.json and its shards, ` +
    "or one other file of safetensors, torch or GGUF",
  missing_file: (d: { file: string; neededBy: string }) =>
    `${d.file}: the file does not exist, and ${d.neededBy} needs it`,
  not_a_file: (d: { path: string }) => `${d.path}: a file was expected, and this is a folder or a device`,
  escaping_link: (d: { file: string; target: string; folder: string }) =>
    `${d.file}: it is a link to "${d.target}", outside of its model's folder "${d.folder}"; copy the file into the folder`,
  file_too_long: (d: { file: string; sizeBytes: number; maxBytes: number }) =>
    `${d.file}: the file is ${d.sizeBytes} bytes long, and a file of this kind may have at most ${d.maxBytes}`,
  bad_json: (d: { file: string; why: string }) => `${d.file}: the file is not JSON: ${d.why}`,
  not_an_object: (d: { file: string; found: string }) => `${d.file}: a JSON object was expected, got ${d.found}`,
  tensor_missing: (d: { model: string; tensor: string; nearest: string | undefined }) =>
    `${d.model}: there is no tensor "${d.tensor}"${d.nearest === undefined ? "" : `; did you mean "${d.nearest}"?`}`,
  tensor_not_in_shard: (d: { index: string; tensor: string; shard: string }) =>
    `${d.index}: tensor "${d.tensor}" is said to be in "${d.shard}", but that file does not have it`,
  tensor_twice: (d: { index: string; tensor: string; shards: readonly [string, string] }) =>
    `${d.index}: tensor "${d.tensor}" is in "${d.shards[0]}" and also in "${d.shards[1]}"; keep one of them`,
  config_key_missing: (d: { file: string; key: string; expected: string }) =>
    `${d.file}: "${d.key}" is missing; ${d.expected} was expected`,
  config_key_type: (d: { file: string; key: string; expected: string; found: string }) =>
    `${d.file}: "${d.key}" must be ${d.expected}, got ${d.found}`,
  bad_tokenizer: (d: { file: string; why: string }) => `${d.file}: the tokenizer cannot be used: ${d.why}`,
  gguf_architecture: (d: { file: string; architecture: string; known: readonly string[] }) =>
    `${d.file}: the architecture "${d.architecture}" is not known (known: ${d.known.join(", ")}); ` +
    "use the model's safetensors instead",
  gguf_key: (d: { file: string; key: string; expected: string; found: string }) =>
    `${d.file}: the metadata's "${d.key}" must be ${d.expected}, got ${d.found}`,
  gguf_tensor: (d: { file: string; tensor: string; why: string }) =>
    `${d.file}: tensor "${d.tensor}" cannot be used: ${d.why}; use the model's safetensors instead`,
  no_chat_template: (d: { model: string }) =>
    `${d.model}: there is no chat template in chat_template.jinja or tokenizer_config.json; give a plain prompt instead`,
  bad_chat_template: (d: { model: string; why: string }) => `${d.model}: the chat template does not work: ${d.why}`,
  adapter_setting: (d: { file: string; key: string; value: string; why: string }) =>
    `${d.file}: "${d.key}" is ${d.value}, which cannot be carried out: ${d.why}`,
  adapter_tensor: (d: { file: string; tensor: string; why: string }) =>
    `${d.file}: tensor "${d.tensor}" of the adapter cannot be used: ${d.why}`,
  adapter_target: (d: { adapter: string; tensor: string; found: readonly string[] }) =>
    `${d.adapter}: the adapter changes "${d.tensor}", which the model ` +
    `${d.found.length === 0 ? "does not have" : `has several of (${d.found.join(", ")})`}; it was made for another model`,
  adapter_fit: (d: { adapter: string; model: string; tensor: string; why: string }) =>
    `${d.adapter}: the adapter does not fit tensor "${d.tensor}" of "${d.model}": ${d.why}; it was made for another model`,
  hub_offline: (d: { variable: string }) =>
    `nothing is downloaded, because ${d.variable} is set; unset it, or copy the model into the cache`,
  hub_denied: (d: { what: string; status: number }) =>
    `${d.what}: the hub refuses access (status ${d.status}); accept the model's licence on its page, ` +
    "and put a token that may read it into HF_TOKEN",
  hub_missing: (d: { what: string; endpoint: string }) =>
    `${d.what}: there is no such model or revision on ${d.endpoint}; check the name, and HF_TOKEN for private models`,
  hub_answer: (d: { id: string; why: string }) =>
    `${d.id}: the hub's answer cannot be used: ${d.why}; check HF_ENDPOINT`,
  bad_text: (d: { at: number }) =>
    `the text has half of a surrogate pair at position ${d.at}, which is not a character; remove it`,
});

/** Errors of the machine that models are read from. */
export const modelMachineErrors = defineErrors("model", "environment", {
  read_failed: (d: { file: string; why: string }) => `${d.file}: reading failed: ${d.why}`,
  hub_failed: (d: { what: string; why: string }) =>
    `${d.what}: the download failed: ${d.why}; run the command again, and it goes on where it stopped`,
  interrupted: (d: { what: string }) =>
    `${d.what}: the download was interrupted; run the command again, and it goes on where it stopped`,
  hub_corrupt: (d: { what: string; why: string }) =>
    `${d.what}: what was downloaded is not what the hub announced: ${d.why}; run the command again`,
  hub_write: (d: { folder: string; why: string }) => `${d.folder}: writing the download failed: ${d.why}`,
  kernels_missing: (d: { file: string; why: string }) =>
    `${d.file}: the kernels cannot be loaded: ${d.why}; build them with "npm run build:kernels"`,
});
