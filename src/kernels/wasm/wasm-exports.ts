import type { ComputeDtype } from "../../tensor/dtype.ts";
import { MAX_INPUTS } from "../kernels.ts";

/** A kernel; addresses and numbers go in. */
export type Kernel = (...numbers: number[]) => number;

/** A kernel for each of the types. */
export type KernelPerType = Readonly<Record<ComputeDtype, Kernel>>;

/** What kernels.wasm exports, over the memory it was opened with. */
export class WasmExports {
  readonly buffer: ArrayBuffer;
  readonly #exports: Readonly<Record<string, unknown>>;
  readonly #pointers: Uint32Array;
  readonly #singles: Float32Array;
  readonly #factors: Float32Array;

  constructor(buffer: ArrayBuffer, exports: Readonly<Record<string, unknown>>) {
    this.buffer = buffer;
    this.#exports = exports;
    this.#pointers = new Uint32Array(buffer, this.place("POINTERS"), MAX_INPUTS);
    this.#singles = new Float32Array(buffer, this.place("WEIGHTS"), MAX_INPUTS);
    this.#factors = new Float32Array(buffer, this.place("FACTORS"), MAX_INPUTS);
    for (const name of ["prepareConstants", "preparePacking", "prepareExponential"]) this.kernel(name)();
  }

  kernel(name: string): Kernel {
    return this.#exports[name] as Kernel;
  }

  perType(name: string): KernelPerType {
    return {
      F32: this.kernel(`${name}F32`),
      BF16: this.kernel(`${name}BF16`),
      F16: this.kernel(`${name}F16`),
    };
  }

  /** An address that layout.ts fixes. */
  place(name: string): number {
    return (this.#exports[name] as WebAssembly.Global).value;
  }

  /** Puts the inputs of the next call where the kernels look for them. */
  setInputs(inputs: readonly { readonly byteOffset: number }[]): void {
    for (let m = 0; m < inputs.length; m++) this.#pointers[m] = inputs[m]!.byteOffset;
  }

  /** Puts the weights of the next call in their place, as the float32 that most kernels take. */
  setWeights(weights: readonly number[]): void {
    this.#singles.set(weights);
  }

  /** Puts the factors of the next call in their place, as float32. */
  setFactors(factors: readonly number[]): void {
    this.#factors.set(factors);
  }
}
