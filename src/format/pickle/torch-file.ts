/**
 * Checkpoints that `torch.save` wrote: a zip archive (since torch 1.6) or a row of pickles with the data behind them.
 *
 * Only what describes tensors is read, as data; the elements stay in the file until they are asked for.
 *
 * @source https://github.com/pytorch/pytorch/blob/main/torch/serialization.py (both layouts)
 */

import { byteLength } from "../../tensor/dtype.ts";
import { elementCount, type Shape } from "../../tensor/shape.ts";
import type { ByteSource } from "../byte-source.ts";
import { pickleErrors } from "../errors.ts";
import { MAX_DIMENSIONS } from "../safetensors.ts";
import type { EncodedTensor } from "../stored-tensor.ts";
import { createStridedEncoding, isContiguous, spanOf } from "../strided-tensor.ts";
import { readLegacyCheckpoint } from "./legacy-checkpoint.ts";
import { PickleDict, PickleForeign, type PickleValue } from "./pickle-value.ts";
import type { TorchCheckpoint } from "./torch-checkpoint.ts";
import { isCount, TensorValue } from "./torch-globals.ts";
import { readZipCheckpoint } from "./zip-checkpoint.ts";

/** A mask that is one row seen many times is smaller; a hostile file could ask for petabytes. */
const MAX_REPEATED_BYTES = 2 ** 26;

/** Keys under which training programs keep the weights; mergekit knows the same one. */
const STATE_KEY = "state_dict";

/**
 * Reads what tensors a checkpoint of torch holds, in the order of its dict; of what lies under `state_dict`, if that is
 * there. Values that are no tensors are passed over.
 *
 * @param fileName - stands in errors.
 * @throws format/not_torch, no_tensors, the errors of pickles and zips, format/truncated
 * @complexity O(bytes of the pickle) time; at most some 300 MB of memory for a hostile one.
 */
export function parseTorchFile(source: ByteSource, fileName: string): readonly EncodedTensor[] {
  const checkpoint = isZip(source) ? readZipCheckpoint(source, fileName) : readLegacyCheckpoint(source, fileName);
  const tensors: EncodedTensor[] = [];
  for (const [name, value] of stateOf(checkpoint.root, fileName)) {
    if (typeof name === "string" && value instanceof TensorValue)
      tensors.push(placeTensor(name, value, checkpoint, fileName));
  }
  if (tensors.length === 0) throw pickleErrors.no_tensors({ file: fileName, found: describe(checkpoint.root) });
  return tensors;
}

/** "PK\3\4" */
function isZip(source: ByteSource): boolean {
  const head = new Uint8Array(Math.min(4, source.sizeBytes));
  source.read(0, head);
  return head.length === 4 && new DataView(head.buffer).getUint32(0, true) === 0x04034b50;
}

function stateOf(root: PickleValue, file: string): ReadonlyMap<PickleValue, PickleValue> {
  if (!(root instanceof PickleDict)) throw pickleErrors.no_tensors({ file, found: describe(root) });
  const inner = root.entries.get(STATE_KEY);
  return inner instanceof PickleDict ? inner.entries : root.entries;
}

function describe(value: PickleValue): string {
  if (value instanceof PickleDict) {
    const keys = [...value.entries.keys()].filter((key) => typeof key === "string");
    return keys.length === 0 ? "an empty dict" : `a dict with the keys ${keys.slice(0, 8).join(", ")}`;
  }
  if (value instanceof PickleForeign) return `a ${value.foreign}`;
  return value === null ? "None" : typeof value === "object" ? "a list or tuple" : `a ${typeof value}`;
}

function placeTensor(name: string, value: TensorValue, checkpoint: TorchCheckpoint, file: string): EncodedTensor {
  const { dtype, storage } = value;
  const { shape, strides } = checkView(name, value, file);
  const itemBytes = byteLength(dtype, 1);
  const storageItem = storage.dtype === undefined ? 1 : byteLength(storage.dtype, 1);
  const span = spanOf(shape, strides);
  const fromByte = storage.start * storageItem + (value.offset as number) * itemBytes;
  const endOfStorage = storage.count * storageItem;
  if (fromByte + span * itemBytes > endOfStorage)
    throw pickleErrors.tensor_outside({
      file,
      tensor: name,
      endByte: fromByte + span * itemBytes,
      sizeBytes: endOfStorage,
    });
  const beginByte = checkpoint.locate(storage) + fromByte;
  const endByte = beginByte + span * itemBytes;
  const stored = { name, dtype, shape, beginByte, endByte };
  if (isContiguous(shape, strides)) return stored;
  if (elementCount(shape) > span && elementCount(shape) * itemBytes > MAX_REPEATED_BYTES)
    throw pickleErrors.tensor_repeated({ file, tensor: name, shape, strides });
  return { ...stored, encoding: createStridedEncoding({ shape, strides, itemBytes, beginByte }) };
}

/** Holds a tensor's numbers against what they may be. */
function checkView(
  tensor: string,
  { shape, strides, offset }: TensorValue,
  file: string,
): { readonly shape: Shape; readonly strides: readonly number[] } {
  const isPlain = shape.every(isCount) && strides.every(isCount) && isCount(offset) && shape.length === strides.length;
  if (!isPlain || shape.length > MAX_DIMENSIONS) throw pickleErrors.tensor_view({ file, tensor });
  const sizes = shape as readonly number[];
  const steps = strides as readonly number[];
  const isExact = Number.isSafeInteger(8 * elementCount(sizes)) && Number.isSafeInteger(8 * spanOf(sizes, steps));
  if (!isExact || offset > 2 ** 49) throw pickleErrors.tensor_view({ file, tensor });
  return { shape: sizes, strides: steps };
}
