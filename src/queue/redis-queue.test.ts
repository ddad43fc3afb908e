import { describe, expect, it } from "vitest";
import { HAS_REDIS, startRedis } from "../../test/queue/start-redis.ts";
import { openRedisQueue } from "./redis-queue.ts";
import { serveRedisQueue } from "./serve-redis-queue.ts";
import type { DoWork, QueueWatch } from "./work-queue.ts";

const watch: QueueWatch = { onLost: () => {}, onBack: () => {} };
const forever = new AbortController().signal;
const coded = (code: string) => expect.objectContaining({ code });

describe("an address", () => {
  it.each(["nonsense", "http://127.0.0.1:1", "redis://"])("%s is refused", async (url) => {
    await expect(openRedisQueue(url, watch)).rejects.toThrow(coded("queue/bad_url"));
  });

  it("where nothing answers is said at once, without the password", async () => {
    const open = openRedisQueue("redis://:secret@127.0.0.1:1", watch);
    await expect(open).rejects.toThrow(coded("queue/unreachable"));
    await expect(open).rejects.not.toThrow("secret");
  });
});

describe.skipIf(!HAS_REDIS)("a queue on a real Redis server", () => {
  const answer: DoWork = async (work) => ({ kind: "answer", answer: { got: work as string } });

  it("has work done by whoever takes it, and keeps the answer for who asks again", async () => {
    await using redis = await startRedis();
    const stop = new AbortController();
    {
      await using first = await openRedisQueue(redis.url, watch);
      const left = new AbortController();
      const asked = first.ask("a", "x", left.signal);
      left.abort(new Error("gone"));
      await expect(asked).rejects.toThrow("gone");
    }
    await using queue = await openRedisQueue(redis.url, watch);
    let done = 0;
    const doWork: DoWork = async (...args) => {
      done++;
      return answer(...args);
    };
    const serving = serveRedisQueue({ url: redis.url, name: "w", watch, signal: stop.signal, doWork });
    expect(await Promise.all(["a", "b", "c"].map((id) => queue.ask(id, `work ${id}`, forever)))).toEqual(
      ["a", "b", "c"].map((id) => ({ got: `work ${id}` })),
    );
    expect(done).toBe(3);
    stop.abort();
    await serving;
  });

  it("gives refused work to others, and tells why", { timeout: 20_000 }, async () => {
    await using redis = await startRedis();
    const stop = new AbortController();
    const refusals: string[] = [];
    await using queue = await openRedisQueue(redis.url, { ...watch, onRefusal: (reason) => refusals.push(reason) });
    const refuse: DoWork = async () => ({ kind: "refusal", reason: "no such model" });
    const serve = (name: string, doWork: DoWork) =>
      serveRedisQueue({ url: redis.url, name, watch, signal: stop.signal, doWork });
    const asked = queue.ask("a", "x", forever);
    const first = serve("cannot", refuse);
    await expect.poll(() => refusals, { timeout: 3000 }).toEqual(["no such model"]);
    const second = serve("can", answer);
    // The refusing one may take it again; the other gets it in the end.
    expect(await asked).toEqual({ got: "x" });
    stop.abort();
    await Promise.all([first, second]);
  });

  it("gives up work that fails wherever it is tried", { timeout: 20_000 }, async () => {
    await using redis = await startRedis();
    const stop = new AbortController();
    await using queue = await openRedisQueue(redis.url, watch);
    const tries: boolean[] = [];
    const doWork: DoWork = async (_work, isLast) => {
      tries.push(isLast);
      return { kind: "again", reason: "out of memory" };
    };
    const serving = serveRedisQueue({ url: redis.url, name: "w", watch, signal: stop.signal, doWork });
    await expect(queue.ask("a", "x", forever)).rejects.toThrow(coded("queue/work_lost"));
    expect(tries).toEqual([false, false, true]);
    stop.abort();
    await serving;
  });

  it("ends a worker that has nothing to do", async () => {
    await using redis = await startRedis();
    const startMs = performance.now();
    await serveRedisQueue({ url: redis.url, name: "w", watch, signal: forever, doWork: answer, idleMs: 200 });
    expect(performance.now() - startMs).toBeLessThan(3000);
  });
});
