/** Every metric, by its name in task files. One line each, in alphabetical order. */

import { acc } from "./acc.ts";
import { accBytes } from "./acc-bytes.ts";
import { accNorm } from "./acc-norm.ts";
import { exactMatch } from "./exact-match.ts";
import type { AnyMetric } from "./metric.ts";
import { perplexity } from "./perplexity.ts";

/** The metrics. */
export const METRICS: readonly AnyMetric[] = [acc, accBytes, accNorm, exactMatch, perplexity];
