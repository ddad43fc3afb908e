import type { DecoderWeights } from "./decoder-weights.ts";
import type { HeadSettings } from "./head-graph.ts";
import { runSession } from "./run-end.ts";
import type { Runtime } from "./runtime.ts";
import { scoreGraph } from "./score-graph.ts";
import type { SessionLease } from "./session-pool.ts";

/** What is known of one predicted token. */
export interface TokenScore {
  /** Natural logarithm; NaN if the model's values are not numbers. */
  readonly logprob: number;
  /** Whether it is the most probable token. */
  readonly isBest: boolean;
}

/** Scores tokens from hidden states. */
export interface ScoreHead {
  /**
   * @param hidden - [N, C] after the final norm.
   * @param targets - [N] token ids.
   * @throws engine/run_failed
   */
  score(hidden: Float32Array, targets: readonly number[]): Promise<TokenScore[]>;
  [Symbol.dispose](): void;
}

/** What a head is made of. */
export interface ScoreHeadParts {
  readonly runtime: Runtime;
  readonly weights: DecoderWeights;
  readonly settings: HeadSettings;
  /** V */
  readonly vocabulary: number;
  /** C */
  readonly width: number;
  readonly threads: number;
  /** Bound on the logits of one run, of which there are two copies. */
  readonly memoryBytes: number;
}

/** Makes a head. Long inputs go through it piece by piece. */
export function createScoreHead(parts: ScoreHeadParts): ScoreHead {
  const { runtime, weights, settings, vocabulary: V, width: C, threads, memoryBytes } = parts;
  const pieceRows = Math.max(1, Math.floor(memoryBytes / (8 * V)));
  let lease: Promise<SessionLease> | undefined;
  const scorePiece = async (hidden: Float32Array, targets: readonly number[]): Promise<TokenScore[]> => {
    lease ??= weights.lease({ graph: scoreGraph(settings), threads }, weights.tensors.head);
    const { session } = await lease;
    const N = targets.length;
    const logprobs = new Float32Array(N);
    const best = new BigInt64Array(N);
    const feeds = {
      hidden: new runtime.Tensor("float32", hidden, [N, C]),
      ...weights.tensors.head,
      targets: new runtime.Tensor("int32", Int32Array.from(targets), [N, 1]),
    };
    const fetches = {
      logprobs: new runtime.Tensor("float32", logprobs, [N, 1]),
      best: new runtime.Tensor("int64", best, [N]),
    };
    await runSession(session, feeds, fetches, "the head");
    return targets.map((target, i) => ({ logprob: logprobs[i]!, isBest: Number(best[i]) === target }));
  };
  return {
    async score(hidden, targets) {
      const scores: TokenScore[] = [];
      for (let start = 0; start < targets.length; start += pieceRows) {
        const piece = targets.slice(start, start + pieceRows);
        scores.push(...(await scorePiece(hidden.subarray(start * C, (start + piece.length) * C), piece)));
      }
      return scores;
    },
    [Symbol.dispose]() {
      void lease?.then(
        ({ release }) => release(),
        () => {},
      );
      lease = undefined;
    },
  };
}
