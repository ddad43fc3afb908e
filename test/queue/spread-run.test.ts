/** Searches whose evaluations others do: the result is that of one process, whoever answers when. */

import { describe, expect, it } from "vitest";
import { openRedisQueue } from "../../src/queue/redis-queue.ts";
import { serveRedisQueue } from "../../src/queue/serve-redis-queue.ts";
import type { DoWork, QueueWatch, WorkQueue } from "../../src/queue/work-queue.ts";
import { type EvolveRun, evolve } from "../../src/search/evolve.ts";
import { toResultJson } from "../../src/search/evolve-outcome.ts";
import {
  answerSpreadWork,
  readSpreadAnswer,
  readSpreadWork,
  spreadEvaluation,
} from "../../src/search/spread-evaluation.ts";
import { createMemoryStore } from "../search/memory-store.ts";
import { evaluateToy, TOY_SEARCH, toyChance, toyRun } from "../search/toy-run.ts";
import { createLocalQueue } from "./local-queue.ts";
import { HAS_REDIS, startRedis } from "./start-redis.ts";

const watch: QueueWatch = { onLost: () => {}, onBack: () => {} };

const toyWork: DoWork = async (json, _isLast, signal) => {
  const answer = await answerSpreadWork(readSpreadWork(json)!, evaluateToy, signal);
  return { kind: "answer", answer: JSON.parse(JSON.stringify(answer)) };
};

/** The toy search with its evaluations on a queue. */
function spread(queue: WorkQueue, changes: Parameters<typeof toyRun>[1] = {}, store = createMemoryStore()): EvolveRun {
  const ask = async (...args: Parameters<WorkQueue["ask"]>) => readSpreadAnswer(await queue.ask(...args));
  const evaluateRecipe = spreadEvaluation(ask, { id: "run", version: "1", setup: {} });
  return toyRun(store, { evaluateRecipe, isSpread: true, ...changes });
}

const SEARCHES = {
  "a search": TOY_SEARCH,
  "a race with a final choice": `${TOY_SEARCH}racing: { blocks: 5, confidence: 0.9, keep: 0.4 }\nfinal: { candidates: 3, items: 50 }\n`,
  "a race for the rest of a budget of items": `${TOY_SEARCH.replace("{ evaluations: 33 }", "{ item_evaluations: 700 }")}racing: { blocks: 5, confidence: 0.9, keep: 0.4 }\n`,
  "a budget of items": TOY_SEARCH.replace("{ evaluations: 33 }", "{ item_evaluations: 700 }"),
};

describe.each(Object.entries(SEARCHES))("%s", (_, text) => {
  it.each([1, 3, 7])("ends with %i workers in this process as without, though some die", async (workers) => {
    const expected = toResultJson(await evolve(toyRun(createMemoryStore(), { text })));
    const queue = createLocalQueue(toyWork, workers, workers);
    const store = createMemoryStore();
    expect(toResultJson(await evolve(spread(queue, { text }, store)))).toEqual(expected);
    const done = store.events().filter(({ kind }) => kind === "evaluated");
    const names = done.map(({ payload }) => JSON.stringify({ ...(payload as object), at: 0 }));
    expect(new Set(names).size).toBe(names.length);
  });

  it("goes on after interruptions, and evaluates nothing again that was stored", async () => {
    const expected = toResultJson(await evolve(toyRun(createMemoryStore(), { text })));
    const store = createMemoryStore();
    const stored = new Set<string>();
    for (let kills = 0; kills < 200; kills++) {
      const stop = new AbortController();
      let left = 9;
      const work: DoWork = async (json, ...rest) => {
        const { recipe, split, block } = readSpreadWork(json)!;
        expect(stored).not.toContain(JSON.stringify([recipe, split, block]));
        if (left-- === 0) stop.abort(new Error("killed"));
        return toyWork(json, ...rest);
      };
      const before = store.events().length;
      const ended = await evolve(spread(createLocalQueue(work, 3, kills), { text, signal: stop.signal }, store)).catch(
        (error: Error) => error,
      );
      if (!(ended instanceof Error)) {
        expect(toResultJson(ended)).toEqual(expected);
        return;
      }
      expect(ended.message).toBe("killed");
      expect(store.events().length).toBeGreaterThan(before);
    }
    expect.unreachable("the search never ended");
  });
});

it("a candidate's failure says elsewhere what it says here", async () => {
  const failing: EvolveRun["evaluateRecipe"] = async (recipe, ...rest) => {
    if (toyChance(recipe) > 0.3) throw new Error("too good to be true");
    return evaluateToy(recipe, ...rest);
  };
  const work: DoWork = async (json, _isLast, signal) => ({
    kind: "answer",
    answer: JSON.parse(JSON.stringify(await answerSpreadWork(readSpreadWork(json)!, failing, signal))),
  });
  const here = await evolve(toyRun(createMemoryStore(), { evaluateRecipe: failing }));
  const there = await evolve(spread(createLocalQueue(work, 3, 1)));
  expect(there.candidates.some(({ failure }) => failure === "too good to be true")).toBe(true);
  expect(toResultJson(there)).toEqual(toResultJson(here));
});

it("refuses what is no work and no answer", () => {
  expect(readSpreadWork({ recipe: 1 })).toBeUndefined();
  expect(() => readSpreadAnswer({ ok: true })).toThrow(expect.objectContaining({ code: "search/unreadable_answer" }));
});

describe.skipIf(!HAS_REDIS)("a search on a real Redis server", () => {
  it("ends as in one process, though a worker leaves and the server loses everything", {
    timeout: 60_000,
  }, async () => {
    const text = TOY_SEARCH.replace("evaluations: 33", "evaluations: 18");
    const expected = toResultJson(await evolve(toyRun(createMemoryStore(), { text })));
    await using redis = await startRedis();
    const told: string[] = [];
    await using queue = await openRedisQueue(redis.url, {
      onLost: () => told.push("lost"),
      onBack: () => told.push("back"),
    });
    const stop = new AbortController();
    const leave = new AbortController();
    let done = 0;
    const serve = (name: string, signal: AbortSignal): Promise<void> =>
      serveRedisQueue({
        ...{ url: redis.url, name, watch, signal, lockMs: 500 },
        doWork: async (...args) => {
          done++;
          if (done === 4) leave.abort();
          if (done === 9) {
            await redis.kill();
            await redis.restart();
          }
          return toyWork(...args);
        },
      });
    const workers = [serve("a", stop.signal), serve("b", stop.signal), serve("c", leave.signal)];
    expect(toResultJson(await evolve(spread(queue, { text })))).toEqual(expected);
    expect(told).toEqual(["lost", "back"]);
    stop.abort();
    await Promise.all(workers);
  });
});

it.skipIf(HAS_REDIS)("ran on the in-process queue only: no redis-server is installed", () =>
  expect(HAS_REDIS).toBe(false),
);
