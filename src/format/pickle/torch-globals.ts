/**
 * The names that a torch checkpoint may mention: what rebuilds tensors, storages, dtypes, and a few things that stand
 * beside the weights of training checkpoints. Anything else is refused by name; nothing is ever called.
 *
 * @source torch's own list for `weights_only`: https://github.com/pytorch/pytorch/blob/main/torch/_weights_only_unpickler.py
 */

import type { Dtype } from "../../tensor/dtype.ts";
import { pickleErrors } from "../errors.ts";
import {
  OPAQUE,
  PickleDict,
  PickleForeign,
  PickleGlobal,
  PickleList,
  PickleTuple,
  type PickleValue,
  tupleItems,
} from "./pickle-value.ts";

/** A block of elements that tensors look into. */
export interface TorchStorage {
  /** Names the block: a file of the zip, or a block behind the pickles. */
  readonly key: string;
  /** Undefined for bytes whose type each tensor says. */
  readonly dtype: Dtype | undefined;
  /** In elements of `dtype`, or bytes. */
  readonly count: number;
  /** First element of the block that counts, where this is a view of it. */
  readonly start: number;
}

/** A storage on the machine's stack. */
export class StorageValue extends PickleForeign {
  readonly foreign = "storage";
  readonly storage: TorchStorage;

  constructor(storage: TorchStorage) {
    super();
    this.storage = storage;
  }
}

/** A tensor on the machine's stack; numbers are as the file says, unchecked. */
export class TensorValue extends PickleForeign {
  readonly foreign = "tensor";
  readonly storage: TorchStorage;
  readonly dtype: Dtype;
  readonly offset: PickleValue;
  readonly shape: readonly PickleValue[];
  readonly strides: readonly PickleValue[];

  constructor(storage: TorchStorage, dtype: Dtype, place: readonly [PickleValue, PickleValue, PickleValue]) {
    super();
    this.storage = storage;
    this.dtype = dtype;
    this.offset = place[0];
    this.shape = tupleItems(place[1]) ?? [null];
    this.strides = tupleItems(place[2]) ?? [null];
  }
}

/** The type of a storage or tensor. */
class DtypeValue extends PickleForeign {
  readonly foreign = "dtype";
  readonly dtype: Dtype | undefined;

  constructor(dtype: Dtype | undefined) {
    super();
    this.dtype = dtype;
  }
}

const STORAGES: Readonly<Record<string, Dtype | undefined>> = {
  DoubleStorage: "F64",
  FloatStorage: "F32",
  HalfStorage: "F16",
  BFloat16Storage: "BF16",
  LongStorage: "I64",
  IntStorage: "I32",
  ShortStorage: "I16",
  CharStorage: "I8",
  ByteStorage: "U8",
  BoolStorage: "BOOL",
  ComplexFloatStorage: "C64",
  UntypedStorage: undefined,
};

const DTYPES: Readonly<Record<string, Dtype>> = {
  float64: "F64",
  float32: "F32",
  float16: "F16",
  bfloat16: "BF16",
  float8_e4m3fn: "F8_E4M3",
  float8_e5m2: "F8_E5M2",
  float8_e4m3fnuz: "F8_E4M3FNUZ",
  float8_e5m2fnuz: "F8_E5M2FNUZ",
  float8_e8m0fnu: "F8_E8M0",
  int64: "I64",
  int32: "I32",
  int16: "I16",
  int8: "I8",
  uint64: "U64",
  uint32: "U32",
  uint16: "U16",
  uint8: "U8",
  bool: "BOOL",
  complex64: "C64",
};

/** Names whose value plays no role for weights. */
const IGNORED: ReadonlySet<string> = new Set([
  "_codecs.encode",
  "torch.device",
  "torch.serialization._get_layout",
  "torch.Tensor",
  "torch.nn.parameter.Parameter",
  "builtins.set",
  "__builtin__.set",
  ...["numpy", "numpy.core.multiarray", "numpy._core.multiarray"].flatMap((module) =>
    ["dtype", "scalar", "ndarray", "_reconstruct"].map((name) => `${module}.${name}`),
  ),
]);

const firstArgument = ([value]: readonly PickleValue[]): PickleValue => value ?? OPAQUE;

/** What calls give: data from data. */
const CALLS: Readonly<Record<string, (args: readonly PickleValue[]) => PickleValue>> = {
  "torch._utils._rebuild_tensor": rebuildTensor,
  "torch._utils._rebuild_tensor_v2": rebuildTensor,
  "torch._utils._rebuild_tensor_v3": rebuildTypedTensor,
  "torch._utils._rebuild_parameter": firstArgument,
  "torch._utils._rebuild_parameter_with_state": firstArgument,
  "torch._tensor._rebuild_from_type_v2": rebuildSubclass,
  "torch.Size": ([items]) => new PickleTuple(items instanceof PickleList ? items.items : (tupleItems(items) ?? [])),
  "collections.OrderedDict": makeDict,
};

/** What `module.name` stands for. @throws format/pickle_class */
export function findTorchGlobal(module: string, name: string, file: string): PickleValue {
  const full = `${module}.${name}`;
  const call = Object.hasOwn(CALLS, full) ? CALLS[full] : undefined;
  if (call !== undefined) return new PickleGlobal(full, call);
  if (IGNORED.has(full)) return new PickleGlobal(full, () => OPAQUE);
  const isStorage = (module === "torch" || module === "torch.storage") && Object.hasOwn(STORAGES, name);
  if (isStorage) return new DtypeValue(STORAGES[name]);
  if (module === "torch" && Object.hasOwn(DTYPES, name)) return new DtypeValue(DTYPES[name]);
  throw pickleErrors.pickle_class({ file, name: full });
}

/**
 * What `("storage", type, key, location, count)` stands for; older files add `(key of the view, offset, count)`.
 *
 * @throws format/pickle_storage
 */
export function findTorchStorage(id: PickleValue, file: string): StorageValue {
  const [word, type, key, , count, view] = tupleItems(id) ?? [];
  const isWhole = word === "storage" && type instanceof DtypeValue && typeof key === "string" && isCount(count);
  if (!isWhole) throw pickleErrors.pickle_storage({ file });
  const [, viewStart = 0, viewCount = count] = tupleItems(view) ?? [];
  if (!isCount(viewStart) || !isCount(viewCount) || viewStart + viewCount > count)
    throw pickleErrors.pickle_storage({ file });
  return new StorageValue({ key, dtype: type.dtype, count: viewStart + viewCount, start: viewStart });
}

/** Whether a value of a file is a size or a place. */
export function isCount(value: PickleValue | undefined): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

/** `(storage, offset, shape, strides, …)` */
function rebuildTensor([storage, offset = null, shape = null, strides = null]: readonly PickleValue[]): PickleValue {
  if (!(storage instanceof StorageValue) || storage.storage.dtype === undefined) return OPAQUE;
  return new TensorValue(storage.storage, storage.storage.dtype, [offset, shape, strides]);
}

/** `(storage, offset, shape, strides, requires_grad, hooks, dtype, …)`: the storage is of bytes. */
function rebuildTypedTensor(args: readonly PickleValue[]): PickleValue {
  const [storage, offset = null, shape = null, strides = null, , , type] = args;
  if (!(storage instanceof StorageValue) || !(type instanceof DtypeValue) || type.dtype === undefined) return OPAQUE;
  return new TensorValue(storage.storage, type.dtype, [offset, shape, strides]);
}

/** `(rebuild, class, arguments, state)`: a tensor with attributes. Only one level, so that nesting cannot exhaust the stack. */
function rebuildSubclass([rebuild, , args]: readonly PickleValue[]): PickleValue {
  const isTensor = rebuild instanceof PickleGlobal && rebuild.name.startsWith("torch._utils._rebuild_");
  return isTensor ? rebuild.call(tupleItems(args) ?? []) : OPAQUE;
}

/** From nothing, or from a list of pairs. */
function makeDict([pairs]: readonly PickleValue[]): PickleValue {
  const dict = new PickleDict();
  if (!(pairs instanceof PickleList)) return dict;
  for (const pair of pairs.items) {
    const [key, value] = tupleItems(pair) ?? [];
    if (key !== undefined && value !== undefined) dict.entries.set(key, value);
  }
  return dict;
}
