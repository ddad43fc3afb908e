/**
 * Kills the processes of a search that is spread over workers, with SIGKILL and at random moments, and compares what it
 * ends with to the same search in one process. Needs redis-server; takes minutes; run by hand:
 *
 *     node scripts/kill-spread-search.ts [WORKERS] [KILLS] [SEED]
 */

import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { createRandom } from "../src/base/philox.ts";
import { openRunStore } from "../src/store/run-store.ts";
import { startRedis } from "../test/queue/start-redis.ts";

const ROOT = join(import.meta.dirname, "..");
const BUDGET = 80;
const [workers = 3, kills = 20, seed = 1] = process.argv.slice(2).map(Number);

const folder = mkdtempSync(join(tmpdir(), "merganser-kills-"));
const random = createRandom({ seed, counter: 0 });
const search = join(folder, "search.yaml");
writeFileSync(
  search,
  readFileSync(join(ROOT, "zoo", "demo.yaml"), "utf8")
    .replaceAll(/models\/(base|math-en|ja)\b/g, `${ROOT}/zoo/models/$1`)
    .replace(/file: \S+gsm-ja.yaml/, `file: ${ROOT}/zoo/tasks/gsm-ja/gsm-ja.yaml`)
    .replace(/evaluations: \d+/, `evaluations: ${BUDGET}`)
    .replace(/population: \d+/, "population: 6")
    .replace(/limit: \d+/, "limit: 40"),
);

function start(args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [join(ROOT, "bin", "merganser.mjs"), ...args], { stdio: "ignore" });
}

async function evolveWhole(out: string): Promise<void> {
  const [code] = (await once(start(["evolve", search, "--out", out]), "exit")) as [number];
  if (code !== 0) throw new Error(`the search in one process ended with ${code}`);
}

/** Runs with kills; each one hits the search or one of its workers, all of which come back at once. */
async function evolveKilled(out: string, url: string): Promise<{ readonly main: number; readonly worker: number }> {
  const counts = { main: 0, worker: 0 };
  const worker = (): ChildProcess => start(["worker", "--queue", url, "--threads", "1"]);
  const main = (): ChildProcess => {
    const resume = existsSync(join(out, "run.db")) ? ["--resume"] : [];
    return start(["evolve", search, "--out", out, "--queue", url, ...resume]);
  };
  const crew = Array.from({ length: workers }, worker);
  let leader = main();
  try {
    while (counts.main + counts.worker < kills && leader.exitCode === null) {
      await pause(300 + 2700 * random.nextUniform());
      const place = Math.floor(random.nextUniform() * (workers + 1));
      if (leader.exitCode !== null) break;
      const victim = place === workers ? leader : crew[place]!;
      const ended = once(victim, "exit");
      victim.kill("SIGKILL");
      await ended;
      if (place === workers) [leader, counts.main] = [main(), counts.main + 1];
      else [crew[place], counts.worker] = [worker(), counts.worker + 1];
    }
    if (leader.exitCode === null) await once(leader, "exit");
    if (leader.exitCode !== 0) throw new Error(`the killed search ended with ${leader.exitCode}`);
    return counts;
  } finally {
    for (const one of crew) one.kill("SIGKILL");
    leader.kill("SIGKILL");
  }
}

function resultOf(out: string): string {
  const { seconds: _, ...result } = JSON.parse(readFileSync(join(out, "result.json"), "utf8")) as { seconds: number };
  const model = createHash("sha256").update(readFileSync(join(out, "best", "model", "model.safetensors")));
  return JSON.stringify([result, model.digest("hex")]);
}

/** How often the log has an evaluation, at most; and how many the budget has paid for. */
function logOf(out: string): { readonly most: number; readonly counted: number } {
  using store = openRunStore(join(out, "run.db"));
  const times = new Map<string, number>();
  const counted = new Set<string>();
  for (const { kind, payload } of store.events()) {
    if (kind !== "evaluated") continue;
    const event = payload as { recipe: string; split: string; block?: string; counted: boolean };
    const key = `${event.recipe} ${event.split} ${event.block}`;
    times.set(key, (times.get(key) ?? 0) + 1);
    if (event.counted) counted.add(event.recipe);
  }
  return { most: Math.max(...times.values()), counted: counted.size };
}

{
  await using redis = await startRedis();
  const [whole, killed] = [join(folder, "whole"), join(folder, "killed")];
  await evolveWhole(whole);
  const startMs = performance.now();
  const counts = await evolveKilled(killed, redis.url);
  const { most, counted } = logOf(killed);
  const isSame = resultOf(whole) === resultOf(killed);
  const seconds = Math.round((performance.now() - startMs) / 1000);
  process.stdout.write(
    `${JSON.stringify({ workers, kills: counts, isSame, most, counted, budget: BUDGET, seconds })}\n`,
  );
  process.exitCode = isSame && most === 1 && counted <= BUDGET ? 0 : 1;
}
rmSync(folder, { recursive: true });
