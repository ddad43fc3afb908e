/** Sessions of this thread, shared by all engines whose graphs are equal: making one costs more than running it. */

import type { InferenceSession } from "onnxruntime-node";
import { canonicalJson } from "../base/canonical-json.ts";
import { engineMachineErrors } from "./errors.ts";
import { constantPlace, encodeModel, type Graph } from "./onnx/encode-model.ts";
import { loadRuntime } from "./runtime.ts";

/** Which session is wanted. */
export interface SessionRequest {
  readonly graph: Graph;
  /** Threads that compute, the calling one included. */
  readonly threads: number;
}

/** A session on loan. */
export interface SessionLease {
  readonly session: InferenceSession;
  /** Gives it back; it is kept for the next who wants it. */
  release(): void;
}

interface Entry {
  readonly opening: Promise<InferenceSession>;
  users: number;
}

/** Sessions that nobody uses are closed from the oldest on when there are more: each holds the memory of its largest run. */
const MAX_IDLE = 4;

const entries = new Map<string, Entry>();

/**
 * Takes a session from the pool, or makes it.
 *
 * @throws engine/runtime_missing, engine/run_failed if ONNX Runtime refuses the graph
 */
export async function leaseSession(request: SessionRequest): Promise<SessionLease> {
  const key = canonicalJson(request);
  const entry = entries.get(key) ?? { opening: openSession(request), users: 0 };
  entries.delete(key);
  entries.set(key, entry);
  entry.users++;
  try {
    const session = await entry.opening;
    return { session, release: once(() => giveBack(entry)) };
  } catch (error) {
    entries.delete(key);
    throw error;
  }
}

/**
 * Makes a session for its user alone, of a graph that holds constants; giving it back frees it. The constants' data must
 * stay as it is until then.
 *
 * @throws as `leaseSession`
 */
export async function ownSession(request: SessionRequest): Promise<SessionLease> {
  const session = await openSession(request);
  return { session, release: once(() => void session.release()) };
}

async function openSession({ graph, threads }: SessionRequest): Promise<InferenceSession> {
  const { InferenceSession } = await loadRuntime();
  try {
    return await InferenceSession.create(encodeModel(graph), {
      executionProviders: ["cpu"],
      executionMode: "sequential",
      graphOptimizationLevel: "all",
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      enableMemPattern: false,
      logSeverityLevel: 4,
      externalData: (graph.constants ?? []).map(({ data: { buffer, byteOffset, byteLength } }, i) => ({
        path: constantPlace(i),
        data: new Uint8Array(buffer, byteOffset, byteLength),
      })),
      // Threads bridge the short gaps between operations, and sleep through longer ones: others need the processors.
      extra: { session: { force_spinning_stop: "1", intra_op: { spin_duration_us: "100" } } },
    });
  } catch (cause) {
    throw engineMachineErrors.run_failed(
      { step: `making the graph "${graph.name}"`, why: (cause as Error).message },
      cause,
    );
  }
}

function giveBack(entry: Entry): void {
  entry.users--;
  const idle = [...entries].filter(([, { users }]) => users === 0);
  for (const [key, { opening }] of idle.slice(0, Math.max(0, idle.length - MAX_IDLE))) {
    entries.delete(key);
    void opening.then((session) => session.release());
  }
}

function once(action: () => void): () => void {
  let done = false;
  return () => {
    if (!done) action();
    done = true;
  };
}
