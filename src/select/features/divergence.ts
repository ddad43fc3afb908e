import type { TokenSummary } from "./probe-summary.ts";

/**
 * Kullback-Leibler divergence of next-token distributions, at each position:
 *
 *     D(p ‖ q) = Σ_v p(v) · ln(p(v) / q(v))
 *
 * Exact where both summaries hold the whole vocabulary. Else what is not kept of p counts as one token, and a kept token of
 * p that is not kept of q gets an equal share of what is left of q: an estimate.
 *
 * @param p - [P] positions, of the same probes and tokenizer as q.
 * @returns [P] nats; empty where positions or vocabularies differ.
 */
export function divergences(p: TokenSummary, q: TokenSummary): readonly number[] {
  const positions = p.ids.length / p.kept;
  if (p.vocabulary !== q.vocabulary || positions !== q.ids.length / q.kept) return [];
  return Array.from({ length: positions }, (_, t) => divergenceAt(p, q, t));
}

function divergenceAt(p: TokenSummary, q: TokenSummary, t: number): number {
  const rest = (s: TokenSummary): number => {
    let kept = 0;
    for (let k = 0; k < s.kept; k++) kept += Math.exp(s.logprobs[t * s.kept + k]!);
    return Math.max(0, 1 - kept);
  };
  const isWhole = p.kept === p.vocabulary;
  const [restP, restQ] = isWhole ? [0, 0] : [rest(p), rest(q)];
  const share = Math.log(Math.max(restQ, Number.MIN_VALUE) / Math.max(1, q.vocabulary - q.kept));
  let sum = 0;
  let other = t * q.kept;
  const end = other + q.kept;
  for (let k = t * p.kept; k < (t + 1) * p.kept; k++) {
    // Both lists are in the order of ids.
    while (other < end && q.ids[other]! < p.ids[k]!) other++;
    const logq = other < end && q.ids[other] === p.ids[k] ? q.logprobs[other]! : share;
    const logp = p.logprobs[k]!;
    if (logp > Number.NEGATIVE_INFINITY) sum += Math.exp(logp) * (logp - logq);
  }
  if (restP > 0) sum += restP * (Math.log(restP) - Math.log(Math.max(restQ, Number.MIN_VALUE)));
  return Math.max(0, sum);
}
