/** Scores tokens with a head that is read piece by piece, and never held as a whole. */

import type { Kernels } from "../kernels/kernels.ts";
import type { Model } from "../model/model.ts";
import type { DecoderShape } from "./decoder-shape.ts";
import { addHead } from "./head-graph.ts";
import type { Graph } from "./onnx/encode-model.ts";
import { createGraphBuilder } from "./onnx/graph-builder.ts";
import type { ReusedMemory } from "./reused-memory.ts";
import { addRunEnd, runSession } from "./run-end.ts";
import type { Runtime } from "./runtime.ts";
import type { TokenScore } from "./score-head.ts";
import { leaseSession } from "./session-pool.ts";
import { createWeightMemory } from "./weight-memory.ts";

/** What a streamed head works with. */
export interface StreamedHead {
  readonly runtime: Runtime;
  readonly shape: DecoderShape;
  readonly model: Model;
  readonly kernels: Kernels;
  readonly threads: number;
  /** Holds a piece of the head. */
  readonly memory: ReusedMemory;
  /** Bytes of a piece of the head, and of the logits of one run. */
  readonly pieceBytes: number;
}

/** Hidden states whose next tokens are scored. */
export interface HeadRows {
  /** [N, C] after the final norm. */
  readonly hidden: Float32Array;
  /** [N] token ids. */
  readonly targets: Int32Array;
}

/** What is known of each row after some pieces of the vocabulary. */
interface Tally {
  /** [N] logarithm of the sum of exponentials. */
  readonly sums: Float64Array;
  /** [N] logit of the target. */
  readonly picked: Float64Array;
  /** [N] largest logit. */
  readonly largest: Float64Array;
  /** [N] its token, the first of equals. */
  readonly best: Int32Array;
}

/**
 * Scores tokens; the head is read once.
 *
 * @param signal - looked at between pieces.
 * @throws engine/run_failed, engine/out_of_memory, what reading raises, and the signal's reason
 */
export async function scoreWithStreamedHead(
  head: StreamedHead,
  { hidden, targets }: HeadRows,
  signal: AbortSignal | undefined,
): Promise<readonly TokenScore[]> {
  const { vocabulary: V, width: C } = head.shape;
  const N = targets.length;
  const tally: Tally = {
    sums: new Float64Array(N).fill(-Infinity),
    picked: new Float64Array(N),
    largest: new Float64Array(N).fill(-Infinity),
    best: new Int32Array(N),
  };
  const pieceTokens = Math.max(1, Math.min(V, Math.floor(head.pieceBytes / (4 * C))));
  const pieceRows = Math.max(1, Math.floor(head.pieceBytes / (8 * pieceTokens)));
  for (let begin = 0; begin < V; begin += pieceTokens) {
    signal?.throwIfAborted();
    const tokens: readonly [number, number] = [begin, Math.min(V, begin + pieceTokens)];
    const run = await loadPiece(head, tokens);
    for (let first = 0; first < N; first += pieceRows) {
      const end = Math.min(N, first + pieceRows);
      await run({ hidden: hidden.subarray(first * C, end * C), targets: targets.subarray(first, end) }, tally, first);
    }
  }
  return Array.from(targets, (target, i) => ({
    logprob: tally.picked[i]! - tally.sums[i]!,
    isBest: tally.best[i] === target,
  }));
}

type PieceRun = (rows: HeadRows, tally: Tally, first: number) => Promise<void>;

async function loadPiece(
  { runtime, shape, model, kernels, threads, memory }: StreamedHead,
  tokens: readonly [number, number],
): Promise<PieceRun> {
  const { vocabulary: V, width: C, headTensor, block, modules } = shape;
  const count = tokens[1] - tokens[0];
  memory.reset();
  const weights = createWeightMemory(runtime, memory);
  const head = weights.take([{ name: headTensor, shape: [V, C], rows: tokens }], [count, C]);
  const biased = block.biases.head;
  const bias = biased ? weights.take([{ name: `${modules.head}.bias`, shape: [V], rows: tokens }], [count]) : undefined;
  weights.load(model, kernels);
  return async ({ hidden, targets }, tally, first) => {
    const N = targets.length;
    const { session, release } = await leaseSession({ graph: pieceGraph(shape), threads });
    const near = targets.map((target) => Math.min(Math.max(0, target - tokens[0]), count - 1));
    const found = { picked: new Float32Array(N), logprobs: new Float32Array(N), largest: new Float32Array(N) };
    const best = new BigInt64Array(N);
    const column = (values: Float32Array) => new runtime.Tensor("float32", values, [N, 1]);
    try {
      await runSession(
        session,
        {
          hidden: new runtime.Tensor("float32", hidden, [N, C]),
          targets: new runtime.Tensor("int32", near, [N, 1]),
          head,
          ...(bias === undefined ? {} : { head_bias: bias }),
        },
        {
          picked: column(found.picked),
          logprobs: column(found.logprobs),
          largest: column(found.largest),
          best: new runtime.Tensor("int64", best, [N, 1]),
        },
        "a piece of the head",
      );
    } finally {
      release();
    }
    for (const [i, target] of targets.entries()) {
      const row = first + i;
      const sum = found.picked[i]! - found.logprobs[i]!;
      tally.sums[row] = addExponentials(tally.sums[row]!, sum);
      if (target >= tokens[0] && target < tokens[1]) tally.picked[row] = found.picked[i]!;
      if (found.largest[i]! <= tally.largest[row]!) continue;
      tally.largest[row] = found.largest[i]!;
      tally.best[row] = tokens[0] + Number(best[i]);
    }
  };
}

/** log(exp(a) + exp(b)) */
function addExponentials(a: number, b: number): number {
  const largest = Math.max(a, b);
  return largest === -Infinity ? largest : largest + Math.log1p(Math.exp(Math.min(a, b) - largest));
}

/**
 * Writes the graph of a piece. Inputs: `hidden` [N, C], `targets` [N, 1] within the piece, the head's. Outputs [N, 1]:
 * `picked` logits of the targets, their `logprobs` within the piece, `largest` logits, `best` tokens within the piece.
 */
function pieceGraph({ block }: DecoderShape): Graph {
  const g = createGraphBuilder("head_piece");
  const hidden = g.input("hidden", "float32", ["N", "C"]);
  const targets = g.input("targets", "int32", ["N", "one"]);
  addRunEnd(g, targets);
  const logits = addHead(g, hidden, block);
  const axis = { axis: { int: -1 } };
  const logprobs = g.node("LogSoftmax", [logits], { attributes: axis });
  const pick = (values: string, indices: string, name: string): void => {
    g.node("GatherElements", [values, indices], { attributes: axis, outputs: [name] });
    g.output(name, "float32", ["N", "one"]);
  };
  pick(logits, targets, "picked");
  pick(logprobs, targets, "logprobs");
  g.node("ArgMax", [logits], { attributes: { ...axis, keepdims: { int: 1 } }, outputs: ["best"] });
  pick(logits, "best", "largest");
  g.output("best", "int64", ["N", "one"]);
  return g.graph();
}
