import type { EvolveProgress } from "../search/evolve.ts";
import type { CliIo } from "./cli-io.ts";
import { formatProgress } from "./progress.ts";

/** Shows how a search goes on. */
export interface EvolveProgressDisplay {
  readonly update: (progress: EvolveProgress) => void;
  /** Clears the bar, so that the next line starts clean. */
  readonly end: () => void;
}

/** In a pipe, one line for this many candidates is enough. */
const PIPE_EVERY = 20;

/** Starts a display: on a terminal a bar over candidates, in a pipe plain lines; models beside the search get a line each. */
export function startEvolveProgress(io: CliIo): EvolveProgressDisplay {
  return {
    update(progress) {
      if (progress.kind === "model") {
        const result = progress.score === undefined ? `failed: ${progress.failure}` : percent(progress.score.value);
        io.note(`${progress.role} ${progress.name}, ${progress.split} items: ${result}`);
        return;
      }
      const { evaluations, budget, seconds, candidate, best } = progress;
      const here = candidate.score === undefined ? "failed" : percent(candidate.score.value);
      const label = `this ${here}, best ${best === undefined ? "–" : percent(best.value)}`;
      if (io.redraw !== undefined) {
        io.redraw(formatProgress({ done: evaluations, total: budget, label }, "candidates", seconds));
      } else if (evaluations % PIPE_EVERY === 0 || evaluations === budget) {
        io.note(`candidate ${evaluations} of ${budget}: ${label}, ${seconds.toFixed(0)} s`);
      }
    },
    end: () => io.redraw?.(""),
  };
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
