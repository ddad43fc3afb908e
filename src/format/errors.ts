import { defineErrors } from "../base/errors.ts";
import { formatShape, type Shape } from "../tensor/shape.ts";

/** Errors of files whose bytes are not what their format says. `file` is the name as it should be shown. */
export const formatErrors = defineErrors("format", "input", {
  truncated: (d: { file: string; sizeBytes: number; neededBytes: number }) =>
    `${d.file}: the file ends at byte ${d.sizeBytes}, but its content goes on to byte ${d.neededBytes}; ` +
    "it was cut off, download or copy it again",
  not_safetensors: (d: { file: string; found: string }) =>
    `${d.file}: this is not a safetensors file: ${d.found}; the file is damaged or of another kind`,
  header_too_long: (d: { file: string; headerBytes: number; maxBytes: number }) =>
    `${d.file}: the header says that it is ${d.headerBytes} bytes long, and at most ${d.maxBytes} are allowed; ` +
    "the file is damaged or of another kind",
  too_many_tensors: (d: { file: string; max: number }) =>
    `${d.file}: the header names more than ${d.max} tensors, which no known model does`,
  not_utf8: (d: { file: string }) => `${d.file}: the text is not UTF-8`,
  bad_json: (d: { file: string; at: number; expected: string; found: string }) =>
    `${d.file}: at character ${d.at} of the JSON text ${d.expected} was expected, got ${d.found}`,
  bad_csv: (d: { file: string; line: number; problem: string }) => `${d.file}:${d.line}: ${d.problem}`,
  bad_parquet: (d: { file: string; problem: string }) =>
    `${d.file}: this is not a Parquet file that can be read: ${d.problem}; write it again, or convert it to JSONL`,
  duplicate_key: (d: { file: string; key: string }) =>
    `${d.file}: the key "${d.key}" stands twice in one object, so it is not clear which one counts`,
  reserved_name: (d: { file: string; name: string }) =>
    `${d.file}: "${d.name}" cannot be the name of a tensor; rename it`,
  missing_field: (d: { file: string; tensor: string; field: string }) =>
    `${d.file}: tensor "${d.tensor}" has no "${d.field}"`,
  unknown_dtype: (d: { file: string; tensor: string; dtype: string; known: readonly string[] }) =>
    `${d.file}: tensor "${d.tensor}" has the element type "${d.dtype}" (known: ${d.known.join(", ")})`,
  too_many_dimensions: (d: { file: string; tensor: string; max: number }) =>
    `${d.file}: tensor "${d.tensor}" has more than ${d.max} dimensions`,
  too_many_elements: (d: { file: string; tensor: string; shape: Shape }) =>
    `${d.file}: tensor "${d.tensor}" of shape ${formatShape(d.shape)} has more elements than can be counted exactly (2^53)`,
  partial_byte: (d: { file: string; tensor: string; dtype: string; shape: Shape }) =>
    `${d.file}: tensor "${d.tensor}" of type ${d.dtype} and shape ${formatShape(d.shape)} does not fill its last byte`,
  wrong_length: (d: {
    file: string;
    tensor: string;
    dtype: string;
    shape: Shape;
    gotBytes: number;
    neededBytes: number;
  }) =>
    `${d.file}: tensor "${d.tensor}" takes ${d.gotBytes} bytes, but ${d.dtype} ${formatShape(d.shape)} needs ${d.neededBytes}`,
  past_end: (d: { file: string; tensor: string; endByte: number; sizeBytes: number }) =>
    `${d.file}: tensor "${d.tensor}" ends at byte ${d.endByte}, past the end of the file (${d.sizeBytes}); ` +
    "the file was cut off, download or copy it again",
  overlap: (d: { file: string; tensor: string; other: string; startByte: number; otherEndByte: number }) =>
    `${d.file}: tensor "${d.tensor}" starts at byte ${d.startByte}, inside tensor "${d.other}", which ends at ${d.otherEndByte}`,
  hole: (d: { file: string; before: string; startByte: number; endByte: number }) =>
    `${d.file}: the bytes from ${d.startByte} to ${d.endByte}, before ${d.before}, belong to no tensor`,
  bad_shard_name: (d: { file: string; tensor: string; shard: string; extension: string }) =>
    `${d.file}: tensor "${d.tensor}" is said to be in "${d.shard}", which is not the plain name of a ${d.extension} file ` +
    "in the same folder",
  empty_index: (d: { file: string }) => `${d.file}: the index has no "weight_map", or an empty one`,
  bad_line: (d: { file: string; line: number; found: string }) =>
    `${d.file}:${d.line}: a line of JSON was expected, got ${d.found}`,
});

/** Errors of checkpoints that torch wrote. */
export const pickleErrors = defineErrors("format", "input", {
  not_torch: (d: { file: string; found: string }) =>
    `${d.file}: a checkpoint of torch was expected, got ${d.found}; the file is damaged or of another kind`,
  pickle_class: (d: { file: string; name: string }) =>
    `${d.file}: the pickle asks for "${d.name}", which is no part of weights; nothing of a pickle is ever run, ` +
    "so save the model's state_dict alone, or as safetensors",
  pickle_operation: (d: { file: string; at: number; code: number }) =>
    `${d.file}: at byte ${d.at} of the pickle stands operation 0x${d.code.toString(16)}, which torch does not write; ` +
    "the file is damaged or of another kind",
  pickle_damaged: (d: { file: string; at: number; what: string }) =>
    `${d.file}: the pickle ${d.what}, before its byte ${d.at}; the file is damaged`,
  pickle_too_large: (d: { file: string; what: string; max: number }) =>
    `${d.file}: the pickle has more than ${d.max} ${d.what}, which no checkpoint needs`,
  pickle_storage: (d: { file: string }) =>
    `${d.file}: the pickle describes a block of elements as torch does not; the file is damaged`,
  storage_missing: (d: { file: string; key: string }) =>
    `${d.file}: the elements of block "${d.key}" are not in the file; it is incomplete, download or copy it again`,
  storage_short: (d: { file: string; key: string; gotBytes: number; neededBytes: number }) =>
    `${d.file}: block "${d.key}" has ${d.gotBytes} bytes, but its tensors need ${d.neededBytes}; ` +
    "the file was cut off, download or copy it again",
  tensor_outside: (d: { file: string; tensor: string; endByte: number; sizeBytes: number }) =>
    `${d.file}: tensor "${d.tensor}" ends at byte ${d.endByte} of its block, which is only ${d.sizeBytes} bytes long`,
  tensor_view: (d: { file: string; tensor: string }) =>
    `${d.file}: shape, strides or offset of tensor "${d.tensor}" are not those of a tensor; the file is damaged`,
  tensor_repeated: (d: { file: string; tensor: string; shape: Shape; strides: readonly number[] }) =>
    `${d.file}: tensor "${d.tensor}" of shape ${formatShape(d.shape)} repeats a few elements many times ` +
    `(strides ${formatShape(d.strides)}); save it with .contiguous()`,
  no_tensors: (d: { file: string; found: string }) =>
    `${d.file}: a dict of tensors, or one with a "state_dict", was expected, got ${d.found}`,
  byte_order: (d: { file: string; order: string }) =>
    `${d.file}: the file was written with byte order "${d.order}", and only "little" is supported`,
});

/** Errors of zip archives. */
export const zipErrors = defineErrors("format", "input", {
  zip_damaged: (d: { file: string; what: string }) => `${d.file}: the zip archive is damaged: ${d.what}`,
  zip_compressed: (d: { file: string; entry: string }) =>
    `${d.file}: "${d.entry}" is compressed, and torch stores files plainly; unpack the archive and zip it with "zip -0"`,
});

/** Errors of GGUF files. */
export const ggufErrors = defineErrors("format", "input", {
  not_gguf: (d: { file: string; found: string }) =>
    `${d.file}: a GGUF file was expected, got ${d.found}; the file is damaged or of another kind`,
  gguf_damaged: (d: { file: string; what: string }) =>
    `${d.file}: the GGUF header is damaged: ${d.what}; download or copy the file again`,
  gguf_too_large: (d: { file: string; what: string; max: number }) =>
    `${d.file}: the GGUF header has more than ${d.max} ${d.what}, which no model needs`,
  gguf_type: (d: { file: string; tensor: string; type: string }) =>
    `${d.file}: tensor "${d.tensor}" is quantised as ${d.type}, which cannot be read; ` +
    "use a file of F32, F16, BF16, Q8_0, Q4_0, Q4_1, Q5_0, Q5_1 or Q2_K to Q6_K",
});
