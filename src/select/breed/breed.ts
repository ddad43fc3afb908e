import { canonicalJson, type Json } from "../../base/canonical-json.ts";
import { selectErrors } from "../errors.ts";
import { breedArchive } from "./archive.ts";
import { BreedPool, type PoolModel, type PoolParts } from "./breed-pool.ts";
import type { BreedSettings } from "./breed-settings.ts";
import { type BreedEnd, breedGreedily } from "./greedy.ts";

/** Everything that breeding needs; nothing comes from anywhere else. */
export interface BreedRun extends PoolParts {
  readonly settings: BreedSettings;
  /** Whatever else decides the results, such as the identities of models and items; a resumed run must have the same. */
  readonly inputs: Json;
}

/** A model with what it is worth to the story. */
export interface BredModel extends PoolModel {
  /** Cosine of the parents' changes; NaN where it was not asked for. */
  readonly kinship: number;
  /** Score minus the mean of the parents' scores; NaN for foundation models and failures. */
  readonly gain: number;
}

/** What breeding found. */
export interface BreedOutcome extends BreedEnd {
  readonly models: readonly BredModel[];
  readonly best: BredModel;
  readonly bestFoundation: BredModel;
  /** Children that were made. */
  readonly merges: number;
}

const STRATEGIES: Readonly<
  Record<BreedSettings["strategy"], (pool: BreedPool, settings: BreedSettings) => Promise<BreedEnd>>
> = { greedy: breedGreedily, kinship: breedGreedily, archive: breedArchive };

/**
 * Breeds a pool to its end, or goes on with a run that was interrupted: with the same settings it makes the same children.
 *
 * @throws select/settings_changed, select/nothing_scored, the signal's reason, and what measuring kinship raises
 */
export async function breed(run: BreedRun): Promise<BreedOutcome> {
  settle(run);
  const pool = new BreedPool(run);
  const { settings } = run;
  for (const name of settings.models) await pool.add(name, { role: "foundation", generation: 0, parents: [] });
  if (pool.ranked().length === 0) {
    const { name, failure } = pool.models()[0]!;
    throw selectErrors.nothing_scored({ model: name, reason: failure ?? "it has no score" });
  }
  const end = await STRATEGIES[settings.strategy](pool, settings);
  const models: BredModel[] = [];
  for (const model of pool.models()) models.push(await describe(pool, model));
  const ranked = pool.ranked().map(({ name }) => models.find((model) => model.name === name)!);
  const bestFoundation = ranked.find(({ role }) => role === "foundation") ?? ranked[0]!;
  return { ...end, models, best: ranked[0]!, bestFoundation, merges: pool.merges };
}

async function describe(pool: BreedPool, model: PoolModel): Promise<BredModel> {
  const [a, b] = model.parents;
  if (a === undefined || b === undefined) return { ...model, kinship: Number.NaN, gain: Number.NaN };
  const [scoreA = Number.NaN, scoreB = Number.NaN] = [pool.find(a).score, pool.find(b).score];
  const gain = (model.score ?? Number.NaN) - (scoreA + scoreB) / 2;
  return { ...model, kinship: await pool.kinship(a, b), gain };
}

/** A run is only resumed with the settings that it was started with; a larger budget is no other setting. */
function settle({ settings, inputs, store }: BreedRun): void {
  const { merges: _, generations: __, ...decisive } = settings;
  const now = JSON.parse(JSON.stringify({ ...decisive, inputs })) as { [key: string]: Json };
  const started = store.events().find(({ kind }) => kind === "started");
  if (started === undefined) {
    store.appendEvent("started", now);
    return;
  }
  const before = started.payload as { [key: string]: Json };
  const changed = Object.keys({ ...before, ...now }).filter(
    (key) => canonicalJson(before[key]) !== canonicalJson(now[key]),
  );
  if (changed.length > 0) throw selectErrors.settings_changed({ settings: changed });
}
