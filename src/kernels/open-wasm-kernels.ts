import { Arena } from "./arena.ts";
import { HASH_BYTES, startContentHash } from "./content-hash.ts";
import type { Kernels } from "./kernels.ts";
import { LANE_HASH_BYTES, startLaneHash } from "./lane-hash.ts";
import { MersenneStreams } from "./mersenne-streams.ts";
import { SUM_DOUBLES } from "./running-sum.ts";
import { wasmArithmetic } from "./wasm/arithmetic.ts";
import { wasmCombining } from "./wasm/combining.ts";
import { wasmComparing } from "./wasm/comparing.ts";
import { wasmHashSteps, wasmLanes } from "./wasm/content-hash.ts";
import { wasmDiverging } from "./wasm/diverging.ts";
import { wasmMersenne } from "./wasm/mersenne.ts";
import { wasmSums } from "./wasm/running-sum.ts";
import { wasmSelecting } from "./wasm/selecting.ts";
import { WasmExports } from "./wasm/wasm-exports.ts";
import { wasmWidener } from "./wasm/widener.ts";

const PAGE_BYTES = 65_536;

/**
 * Opens the WebAssembly kernels over a memory of their own.
 *
 * @param module - compiled from kernels.wasm.
 * @param sizeBytes - the memory's size, up to 4 GiB, rounded up to pages of 64 KiB; taken at once, and never grown. The
 * first 60 KB are the kernels' own.
 */
export function openWasmKernels(module: WebAssembly.Module, sizeBytes: number): Kernels {
  const pages = Math.max(1, Math.ceil(sizeBytes / PAGE_BYTES));
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const wasm = new WasmExports(memory.buffer, exports);
  const arena = new Arena(memory.buffer, wasm.place("ARENA"));
  const streams = new MersenneStreams(wasmMersenne(wasm));
  const sumOver = wasmSums(wasm);
  const hashSteps = wasmHashSteps(wasm);
  const narrow = wasm.perType("narrow");
  const packs = { ...narrow, BF16: wasm.kernel("packBF16") };
  const widen = wasmWidener(wasm);
  const arithmetic = wasmArithmetic(wasm);
  const contentHash = () => startContentHash(hashSteps, arena.bytes(HASH_BYTES));
  const takeStripes = wasmLanes(wasm);
  return {
    floats: (n) => arena.floats(n),
    bytes: (n) => arena.bytes(n),
    counters: (n) => arena.counters(n),
    mark: () => arena.mark(),
    release: (mark) => arena.release(mark),
    widen,
    pack: (dtype, src, out) => packs[dtype](src.byteOffset, out.byteOffset, src.length),
    narrow: (dtype, src, out) => narrow[dtype](src.byteOffset, out.byteOffset, src.length),
    ...arithmetic,
    ...wasmCombining(wasm),
    ...wasmComparing(wasm, { widen, subtract: arithmetic.subtract }),
    ...wasmDiverging(wasm, arena),
    ...wasmSelecting(wasm),
    contentHash,
    laneHash: () => startLaneHash(takeStripes, contentHash(), arena.bytes(LANE_HASH_BYTES)),
    runningSum: () => sumOver(arena.doubles(SUM_DOUBLES).fill(0)),
    mersenneWords: (seed, position) => streams.open(seed, position),
  };
}
