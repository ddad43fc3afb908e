/**
 * The element types a checkpoint may hold: safetensors' names, and what is known of each.
 *
 * @source https://github.com/huggingface/safetensors (format section of its README)
 */

/** What the bits of an element mean. `sub_byte` floats are packed and only ever copied. */
export type DtypeKind = "float" | "integer" | "boolean" | "complex";

interface DtypeFacts {
  readonly bits: number;
  readonly kind: DtypeKind;
}

const FACTS = {
  BOOL: { bits: 8, kind: "boolean" },
  F4: { bits: 4, kind: "float" },
  F6_E2M3: { bits: 6, kind: "float" },
  F6_E3M2: { bits: 6, kind: "float" },
  U8: { bits: 8, kind: "integer" },
  I8: { bits: 8, kind: "integer" },
  F8_E5M2: { bits: 8, kind: "float" },
  F8_E4M3: { bits: 8, kind: "float" },
  F8_E8M0: { bits: 8, kind: "float" },
  F8_E4M3FNUZ: { bits: 8, kind: "float" },
  F8_E5M2FNUZ: { bits: 8, kind: "float" },
  I16: { bits: 16, kind: "integer" },
  U16: { bits: 16, kind: "integer" },
  F16: { bits: 16, kind: "float" },
  BF16: { bits: 16, kind: "float" },
  I32: { bits: 32, kind: "integer" },
  U32: { bits: 32, kind: "integer" },
  F32: { bits: 32, kind: "float" },
  C64: { bits: 64, kind: "complex" },
  F64: { bits: 64, kind: "float" },
  I64: { bits: 64, kind: "integer" },
  U64: { bits: 64, kind: "integer" },
} as const satisfies Record<string, DtypeFacts>;

/** An element type, by its name in safetensors headers. */
export type Dtype = keyof typeof FACTS;

/** The types that merging computes with. Values of all three are held as float32; the 16-bit ones are rounded to their grid. */
export type ComputeDtype = "F32" | "BF16" | "F16";

/** All names, smallest element first. */
export const DTYPES = Object.keys(FACTS) as readonly Dtype[];

/** Whether a text is the name of an element type. */
export function isDtype(name: string): name is Dtype {
  return Object.hasOwn(FACTS, name);
}

/** Whether merging can compute with the type. */
export function isComputeDtype(dtype: Dtype): dtype is ComputeDtype {
  return dtype === "F32" || dtype === "BF16" || dtype === "F16";
}

/** What the bits of an element mean. */
export function kindOf(dtype: Dtype): DtypeKind {
  return FACTS[dtype].kind;
}

/** Bits of one element; 4 and 6 are packed without gaps. */
export function bitsOf(dtype: Dtype): number {
  return FACTS[dtype].bits;
}

/** Bytes that `count` elements take; a fraction when a packed type does not fill the last byte, which is not allowed in files. */
export function byteLength(dtype: Dtype, count: number): number {
  return (count * FACTS[dtype].bits) / 8;
}

const TORCH_NAMES: Readonly<Record<string, Dtype>> = {
  bfloat16: "BF16",
  float16: "F16",
  float32: "F32",
  float64: "F64",
  int64: "I64",
};

/**
 * Looks up a dtype as recipes and config.json spell it: `bfloat16`, `float16`, `float32`, `float64`, `int64`, each with
 * or without `torch.`.
 */
export function dtypeFromTorchName(name: string): Dtype | undefined {
  return TORCH_NAMES[name.replace(/^torch\./, "")];
}

/** The inverse of `dtypeFromTorchName`, for the types it knows; other types keep their own name in lower case. */
export function torchName(dtype: Dtype): string {
  const known = Object.entries(TORCH_NAMES).find(([, value]) => value === dtype);
  return known?.[0] ?? dtype.toLowerCase();
}

/** The smallest type that holds both without loss, as torch promotes floats: bfloat16 with float16 gives float32. */
export function promote(a: ComputeDtype, b: ComputeDtype): ComputeDtype {
  return a === b ? a : "F32";
}
