import type { ComputeDtype, Dtype } from "../tensor/dtype.ts";
import { Arena } from "./arena.ts";
import { type Consensus, plainDivisor } from "./consensus.ts";
import { kernelErrors } from "./errors.ts";
import { type Kernels, MAX_INPUTS } from "./kernels.ts";
import type { MagnitudeBand } from "./magnitude-band.ts";
import { type MersenneEngine, MersenneStreams, STATE_WORDS } from "./mersenne-streams.ts";
import { isOneByteDtype, ONE_BYTE_DTYPES, oneByteValues } from "./one-byte-values.ts";
import { totalOf } from "./running-sum.ts";

const PAGE_BYTES = 65_536;
const TABLE_BYTES = 1024;

type Kernel = (...numbers: number[]) => number;
type KernelPerType = Readonly<Record<ComputeDtype, Kernel>>;

/**
 * Opens the WebAssembly kernels over a memory of their own.
 *
 * @param module - compiled from kernels.wasm.
 * @param sizeBytes - the memory's size, up to 4 GiB, rounded up to pages of 64 KiB; taken at once, and never grown. The
 * first 40 KB are the kernels' own.
 */
export function openWasmKernels(module: WebAssembly.Module, sizeBytes: number): Kernels {
  const pages = Math.max(1, Math.ceil(sizeBytes / PAGE_BYTES));
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  return wasmKernels(memory.buffer, exports);
}

function wasmKernels(buffer: ArrayBuffer, exports: Readonly<Record<string, unknown>>): Kernels {
  const get = (name: string): Kernel => exports[name] as Kernel;
  const perType = (name: string): KernelPerType => ({
    F32: get(`${name}F32`),
    BF16: get(`${name}BF16`),
    F16: get(`${name}F16`),
  });
  get("prepareConstants")();
  const place = (name: string): number => (exports[name] as WebAssembly.Global).value;

  const arena = new Arena(buffer, place("ARENA"));
  const setInputs = inputWriter(buffer, place("POINTERS"));
  const doubleWeights = new Float64Array(buffer, place("WEIGHTS"), MAX_INPUTS);
  const singleWeights = new Float32Array(buffer, place("WEIGHTS"), MAX_INPUTS);
  const streams = new MersenneStreams(mersenneEngine(new Uint32Array(buffer, place("MERSENNE"), STATE_WORDS), get));
  const round: Partial<Record<ComputeDtype, Kernel>> = { BF16: get("roundToBF16"), F16: get("roundToF16") };
  const [add, subtract, scale] = [perType("add"), perType("subtract"), perType("scale")];
  const [blend, mean, narrow] = [perType("blend"), perType("weightedMean"), perType("narrow")];
  const [addMagnitudes, addProducts] = [get("addMagnitudes"), get("addProducts")];
  const [count, countChanges] = [perType("countMagnitudes"), perType("countChanges")];
  const [largest, countWithin] = [get("largestMagnitude"), get("countWithin")];

  return {
    floats: (n) => arena.floats(n),
    bytes: (n) => arena.bytes(n),
    counters: (n) => arena.counters(n),
    mark: () => arena.mark(),
    release: (mark) => arena.release(mark),
    widen: widener(buffer, place("TABLES"), get),
    narrow: (dtype, src, out) => narrow[dtype](src.byteOffset, out.byteOffset, src.length),
    round: (dtype, values) => void round[dtype]?.(values.byteOffset, values.length),
    add: (dtype, a, b, out) => void add[dtype](a.byteOffset, b.byteOffset, out.byteOffset, out.length),
    subtract: (dtype, a, b, out) => void subtract[dtype](a.byteOffset, b.byteOffset, out.byteOffset, out.length),
    scale: (dtype, factor, values, out) => void scale[dtype](factor, values.byteOffset, out.byteOffset, out.length),
    blend: (dtype, { a, ca, b, cb }, out) =>
      void blend[dtype](a.byteOffset, ca, b.byteOffset, cb, out.byteOffset, out.length),
    weightedMean: (dtype, { inputs, weights, divisor }, out) => {
      setInputs(inputs);
      doubleWeights.set(weights.map(Math.fround));
      mean[dtype](inputs.length, divisor, out.byteOffset, out.length);
    },
    applyChanges: changeApplier(perType, setInputs, singleWeights),
    runningSum: () => {
      const lanes = arena.doubles(8).fill(0);
      return {
        addMagnitudes: (start, values) =>
          void addMagnitudes(lanes.byteOffset, start % 8, values.byteOffset, values.length),
        addProducts: (start, a, b) =>
          void addProducts(lanes.byteOffset, start % 8, a.byteOffset, b.byteOffset, a.length),
        total: () => totalOf(lanes),
      };
    },
    largestMagnitude: (values) => largest(values.byteOffset, values.length),
    countMagnitudes: (dtype, values, bins) => void count[dtype](values.byteOffset, bins.byteOffset, values.length),
    countChanges: (dtype, values, base, bins) =>
      void countChanges[dtype](values.byteOffset, base.byteOffset, bins.byteOffset, values.length),
    countWithin: (values, upper, bins) => void countWithin(values.byteOffset, values.length, upper, bins.byteOffset),
    ...bandKeepers(new Uint32Array(buffer, place("PROGRESS"), 2), get("keepBand"), perType("keepChanges")),
    mersenneWords: (seed, position) => streams.open(seed, position),
  };
}

type InputWriter = (inputs: readonly Float32Array[]) => void;

/** Puts the inputs of the next call where the kernels look for them. */
function inputWriter(buffer: ArrayBuffer, pointersAt: number): InputWriter {
  const pointers = new Uint32Array(buffer, pointersAt, MAX_INPUTS);
  return (inputs) => {
    for (let m = 0; m < inputs.length; m++) pointers[m] = inputs[m]!.byteOffset;
  };
}

function changeApplier(
  perType: (name: string) => KernelPerType,
  setInputs: InputWriter,
  singleWeights: Float32Array,
): Kernels["applyChanges"] {
  const sum = perType("sumChanges");
  const vote = perType("voteChanges");
  return (consensus: Consensus, base, changes, out) => {
    const { dtype, elect, normalize, lambda, weights } = consensus;
    setInputs(changes);
    singleWeights.set(weights);
    const how = elect ? Number(normalize) : plainDivisor(consensus);
    (elect ? vote : sum)[dtype](changes.length, how, lambda, base.byteOffset, out.byteOffset, out.length);
  };
}

function bandKeepers(
  progress: Uint32Array,
  keepBand: Kernel,
  keepChanges: KernelPerType,
): Pick<Kernels, "keepBand" | "keepChanges"> {
  const run = (kernel: Kernel, addresses: readonly number[], band: MagnitudeBand): void => {
    const { low, lowFrom, lowTo, high, highTo } = band.limits;
    progress[0] = band.lowSeen;
    progress[1] = band.highSeen;
    kernel(...addresses, low, lowFrom, lowTo, high, highTo);
    band.lowSeen = progress[0];
    band.highSeen = progress[1];
  };
  return {
    keepBand: (values, band) => run(keepBand, [values.byteOffset, values.length], band),
    keepChanges: (dtype, { values, base }, band, out) =>
      run(keepChanges[dtype], [values.byteOffset, base.byteOffset, out.byteOffset, out.length], band),
  };
}

function widener(buffer: ArrayBuffer, tablesAt: number, get: (name: string) => Kernel): Kernels["widen"] {
  const byTable = get("widenByTable");
  const direct: { readonly [D in Dtype]?: Kernel } = {
    F32: get("widenF32"),
    BF16: get("widenBF16"),
    F16: get("widenF16"),
    I16: get("widenI16"),
    U16: get("widenU16"),
    I32: get("widenI32"),
    U32: get("widenU32"),
    I64: get("widenI64"),
    U64: get("widenU64"),
    F64: get("widenF64"),
  };
  for (const [i, dtype] of ONE_BYTE_DTYPES.entries()) {
    new Float32Array(buffer, tablesAt + i * TABLE_BYTES, 256).set(oneByteValues(dtype));
  }
  return (dtype, src, out) => {
    const kernel = direct[dtype];
    if (kernel !== undefined) {
      kernel(src.byteOffset, out.byteOffset, out.length);
    } else if (isOneByteDtype(dtype)) {
      const table = tablesAt + ONE_BYTE_DTYPES.indexOf(dtype) * TABLE_BYTES;
      byTable(src.byteOffset, table, out.byteOffset, out.length);
    } else {
      throw kernelErrors.unsupported_dtype({ dtype });
    }
  };
}

function mersenneEngine(state: Uint32Array, get: (name: string) => Kernel): MersenneEngine {
  const [twist, fill] = [get("mersenneTwist"), get("mersenneWords")];
  const [dropOut, dropOutBy] = [get("mersenneDropOut"), get("mersenneDropOutBy")];
  return {
    state,
    twist: (times) => void twist(times),
    fill: (index, out) => fill(index, out.byteOffset, out.length),
    dropOut: (index, values, limit) => dropOut(index, values.byteOffset, values.length, limit),
    dropOutBy: (index, values, keeps) => dropOutBy(index, values.byteOffset, keeps.byteOffset, values.length),
  };
}
