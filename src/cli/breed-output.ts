import { join } from "node:path";
import { scoreToJson } from "../evaluate/results.ts";
import type { Score } from "../evaluate/score.ts";
import type { BredModel, BreedOutcome } from "../select/breed/breed.ts";
import { formatTable } from "./text-table.ts";

/** Scores by task on the holdout items, by model. */
type Holdout = ReadonlyMap<string, ReadonlyMap<string, Score>>;

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

/** What `--json` prints and result.json holds. */
export function toBreedJson(outcome: BreedOutcome, holdout: Holdout) {
  const scores = (name: string) =>
    Object.fromEntries([...holdout.get(name)!].map(([task, score]) => [task, scoreToJson(score)]));
  return {
    best: { name: outcome.best.name, search: outcome.best.score!, holdout: scores(outcome.best.name) },
    best_foundation: {
      name: outcome.bestFoundation.name,
      search: outcome.bestFoundation.score!,
      holdout: scores(outcome.bestFoundation.name),
    },
    merges: outcome.merges,
    stopped_by: outcome.stoppedBy,
    generations: outcome.generations.map(({ generation, top, kinship }) => ({
      generation,
      top,
      kinship: finite(kinship),
    })),
    models: outcome.models.map(toModelJson),
  };
}

function toModelJson({ name, role, generation, parents, mix, score, gain, kinship, failure }: BredModel) {
  return {
    name,
    role,
    generation,
    parents,
    mix: mix ?? null,
    score: score ?? null,
    gain: finite(gain),
    kinship: finite(kinship),
    failure: failure ?? null,
  };
}

const REASONS: Readonly<Record<BreedOutcome["stoppedBy"], string>> = {
  converged: "the best models stayed the same",
  kinship: "the best models are nearly the same model (early stop)",
  unimproved: "the last generation did not give a better model (early stop)",
  merges: "the budget of merges is used up",
  generations: "the last generation is reached",
  "nothing to merge": "a pool of fewer than two models has no pairs",
};

/** What people read: all models in the order they were made, and what came of it. */
export function describeBreeding(outcome: BreedOutcome, holdout: Holdout, out: string): string {
  const rows = outcome.models.map(({ name, parents, score, gain, kinship }) => [
    name,
    parents.length === 0 ? "foundation" : parents.join(" × "),
    score === undefined ? "failed" : score.toFixed(4),
    Number.isNaN(gain) ? "–" : gain.toFixed(4),
    Number.isNaN(kinship) ? "–" : kinship.toFixed(3),
  ]);
  const holdoutOf = (name: string): string =>
    [...holdout.get(name)!]
      .map(([task, { value, low, high }]) => `${task} ${value.toFixed(4)} (${low.toFixed(4)} – ${high.toFixed(4)})`)
      .join(", ");
  const { best, bestFoundation } = outcome;
  return [
    formatTable([["model", "parents", "score", "gain", "kinship"], ...rows]),
    "",
    `${outcome.merges} merges; ended because ${REASONS[outcome.stoppedBy]}`,
    `best: ${best.name}, on holdout ${holdoutOf(best.name)}`,
    ...(best === bestFoundation
      ? []
      : [`best foundation model: ${bestFoundation.name}, on holdout ${holdoutOf(bestFoundation.name)}`]),
    `lineage: ${join(out, "lineage.svg")}`,
  ].join("\n");
}
