/**
 * Merges tensors of a virtual merge on a second thread, ahead of whoever reads them.
 *
 * The reading thread waits for nothing that it can do itself: a tensor that nobody has begun it merges at once, and while
 * the one it needs is in the other's hands it merges one of those behind it.
 */

import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from "node:worker_threads";
import { readKernelModule } from "../model/kernel-module.ts";
import type { Plan, PlannedTensor } from "../recipe/plan.ts";
import { byteLength } from "../tensor/dtype.ts";
import { elementCount } from "../tensor/shape.ts";
import type { AheadJob, MergedAhead } from "./ahead-job.ts";
import { claimsMemory, SharedClaims } from "./shared-claims.ts";

/** How far ahead is merged. */
export interface AheadLimits {
  /** Merged tensors that wait to be read may take so much. Larger tensors are left to the reader. */
  readonly windowBytes: number;
  /** Below this a merge is done before a thread has started. */
  readonly leastBytes: number;
}

const LIMITS: AheadLimits = { windowBytes: 40 * 2 ** 20, leastBytes: 32 * 2 ** 20 };
/** A thread that takes longer over one tensor has died: the reader merges it itself. */
const PATIENCE_MS = 60_000;

/** Merged tensors that are there before they are asked for. */
export interface TensorsAhead {
  /**
   * Takes a tensor's bytes; they are the caller's own.
   *
   * @param merge - merges a tensor on this thread.
   * @returns undefined where the caller has to merge the tensor himself.
   */
  take(name: string, merge: (tensor: PlannedTensor) => Uint8Array): Uint8Array | undefined;
  /** Ends the other thread. */
  [Symbol.dispose](): void;
}

/** Starts to merge a plan's tensors, in the order in which models are read. @returns undefined where that is not worth a thread */
export function startMergingAhead(plan: Plan, { windowBytes, leastBytes } = LIMITS): TensorsAhead | undefined {
  const tensors = plan.tensors.filter((tensor) => bytesOf(tensor) <= windowBytes).sort(byLayer);
  if (tensors.reduce((sum, tensor) => sum + bytesOf(tensor), 0) < leastBytes) return undefined;
  const memory = claimsMemory(tensors.length);
  const { port1, port2 } = new MessageChannel();
  const job: AheadJob = {
    sources: plan.models.map(({ source }) => source),
    method: plan.method,
    seed: plan.seed,
    tensors,
    module: readKernelModule(),
    claims: memory,
    windowBytes,
    results: port2,
  };
  const worker = new Worker(new URL("./merge-ahead-worker.ts", import.meta.url), {
    workerData: job,
    transferList: [port2],
  });
  worker.unref();
  const claims = new SharedClaims(memory);
  // What it could not do is done here, where errors are raised.
  worker.on("error", () => claims.stop());
  const reader = new AheadReader(tensors, claims, port1, windowBytes);
  return {
    take: (name, merge) => reader.take(name, merge),
    [Symbol.dispose]() {
      claims.stop();
      port1.close();
      void worker.terminate();
    },
  };
}

/** The reading side. */
class AheadReader {
  readonly #tensors: readonly PlannedTensor[];
  readonly #claims: SharedClaims;
  readonly #results: MessagePort;
  readonly #windowBytes: number;
  readonly #places: ReadonlyMap<string, number>;
  readonly #merged = new Map<number, Uint8Array>();
  #next = 0;

  constructor(tensors: readonly PlannedTensor[], claims: SharedClaims, results: MessagePort, windowBytes: number) {
    this.#tensors = tensors;
    this.#claims = claims;
    this.#results = results;
    this.#windowBytes = windowBytes;
    this.#places = new Map(tensors.map(({ name }, place) => [name, place]));
  }

  take(name: string, merge: (tensor: PlannedTensor) => Uint8Array): Uint8Array | undefined {
    const place = this.#places.get(name);
    if (place === undefined) return undefined;
    if (this.#claims.claim(place)) {
      this.#claims.settle(place, "gone");
      return undefined;
    }
    const end = performance.now() + PATIENCE_MS;
    while (this.#claims.stateOf(place) === "claimed" && performance.now() < end && !this.#claims.isStopped)
      if (!this.#mergeOneBehind(merge)) this.#claims.waitFor(place, PATIENCE_MS);
    if (this.#claims.stateOf(place) === "ready") this.#receive();
    const bytes = this.#merged.get(place);
    this.#merged.delete(place);
    if (bytes !== undefined) this.#claims.countBytes(-bytes.length);
    this.#claims.settle(place, "gone");
    return bytes;
  }

  /** @returns false if there is none, or no room. */
  #mergeOneBehind(merge: (tensor: PlannedTensor) => Uint8Array): boolean {
    if (this.#claims.bytesOut >= this.#windowBytes) return false;
    while (this.#next < this.#tensors.length && !this.#claims.claim(this.#next)) this.#next++;
    const tensor = this.#tensors[this.#next];
    if (tensor === undefined) return false;
    this.#claims.countBytes(bytesOf(tensor));
    try {
      this.#merged.set(this.#next, merge(tensor));
      this.#claims.settle(this.#next, "ready");
    } catch {
      // Whoever reads it merges it again, and gets the error.
      this.#claims.countBytes(-bytesOf(tensor));
      this.#claims.settle(this.#next, "gone");
    }
    return true;
  }

  #receive(): void {
    for (let got = receiveMessageOnPort(this.#results); got !== undefined; got = receiveMessageOnPort(this.#results)) {
      const { place, bytes } = got.message as MergedAhead;
      this.#merged.set(place, bytes);
    }
  }
}

function bytesOf({ dtype, shape }: PlannedTensor): number {
  return byteLength(dtype, elementCount(shape));
}

/** What belongs to no layer first, then layer by layer. */
function byLayer(a: PlannedTensor, b: PlannedTensor): number {
  return layerOf(a) - layerOf(b);
}

function layerOf({ name }: PlannedTensor): number {
  return Number(/\.(\d+)\./.exec(name)?.[1] ?? -1);
}
