/** Every kind of golden data, by the name that `npm run golden` knows. One line each. */

import type { GoldenRunner } from "./golden-report.ts";
import { runForward } from "./forward.ts";
import { runInvalid } from "./invalid.ts";
import { runMerges } from "./merges.ts";
import { checkMethods } from "./methods.ts";
import { checkOptim } from "./optim.ts";
import { checkSimilarity } from "./similarity.ts";
import { checkTasks } from "./tasks.ts";

export const GOLDEN_RUNNERS: Readonly<Record<string, GoldenRunner>> = {
  forward: runForward,
  invalid: runInvalid,
  merges: runMerges,
  methods: checkMethods,
  optim: checkOptim,
  similarity: checkSimilarity,
  tasks: checkTasks,
};
