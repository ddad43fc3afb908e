/** Every metric, by its name in task files. One line each, in alphabetical order. */

import { acc } from "./acc.ts";
import { accBytes } from "./acc-bytes.ts";
import { accMutualInfo } from "./acc-mutual-info.ts";
import { accNorm } from "./acc-norm.ts";
import { bitsPerByte } from "./bits-per-byte.ts";
import { bleu } from "./bleu.ts";
import { brierScore } from "./brier-score.ts";
import { bytePerplexity } from "./byte-perplexity.ts";
import { chrf } from "./chrf.ts";
import { chrfPlusPlus } from "./chrf-plus-plus.ts";
import { exactMatch } from "./exact-match.ts";
import { f1 } from "./f1.ts";
import { mcc } from "./mcc.ts";
import type { AnyMetric } from "./metric.ts";
import { numericMatch } from "./numeric-match.ts";
import { perplexity } from "./perplexity.ts";
import { rougeL } from "./rouge-l.ts";
import { ter } from "./ter.ts";
import { wordPerplexity } from "./word-perplexity.ts";

/** The metrics. */
export const METRICS: readonly AnyMetric[] = [
  acc,
  accBytes,
  accMutualInfo,
  accNorm,
  bitsPerByte,
  bleu,
  brierScore,
  bytePerplexity,
  chrf,
  chrfPlusPlus,
  exactMatch,
  f1,
  mcc,
  numericMatch,
  perplexity,
  rougeL,
  ter,
  wordPerplexity,
];
