import { DEFAULT_CACHE_BYTES } from "../src/cli/candidate-evaluator.ts";
import { openSearch } from "../src/cli/search-run.ts";
import { candidateSpace } from "../src/search/candidate-space.ts";
import type { BenchCase, BenchOptions } from "./bench-case.ts";

const BYTES_PER_MIB = 2 ** 20;

/**
 * Evaluates every candidate of a search file whose variables are choices and whole numbers, such as layer surgery, with the cache
 * (ours) and without (the peer), in turns. Says on the side how many of the results differ, down to single answers.
 */
export async function benchSweep({ operands, threads, note }: BenchOptions): Promise<readonly BenchCase[]> {
  const file = operands[0]!;
  await using cached = openSearch(file, { threads, cache: DEFAULT_CACHE_BYTES });
  await using plain = openSearch(file, { threads, cache: false });
  const { search, layers, layerFacts } = cached;
  const space = candidateSpace(search, layers, layerFacts);
  const ours = { seconds: 0, cpu: 0 };
  const peer = { seconds: 0, cpu: 0 };
  const never = new AbortController().signal;
  let different = 0;
  let count = 0;
  const points = pointsOf(space.variables);
  // Loads the runtime and compiles code, which whoever came first would pay for.
  await plain.evaluateRecipe(space.recipe(points[0]!), "search", never);
  for (const values of points) {
    const recipe = space.recipe(values);
    const a = await timed(ours, () => cached.evaluateRecipe(recipe, "search", never));
    const b = await timed(peer, () => plain.evaluateRecipe(recipe, "search", never));
    if (JSON.stringify(a) !== JSON.stringify(b)) different++;
    count++;
  }
  const { prompts, tensors } = cached.reuse;
  note(`${count} candidates, ${different} with another result; found ${JSON.stringify({ prompts, tensors })}`);
  return [
    {
      name: "sweep with the cache, the peer being the same without",
      seconds: ours.seconds,
      peer_seconds: peer.seconds,
      ratio: peer.seconds / ours.seconds,
      cpu_seconds: ours.cpu,
      peer_cpu_seconds: peer.cpu,
      cpu_ratio: peer.cpu / ours.cpu,
      rss_mib: Math.round(process.memoryUsage.rss() / BYTES_PER_MIB),
    },
  ];
}

/** Every combination of whole numbers between the bounds. */
function pointsOf(
  variables: readonly { readonly low: number; readonly high: number }[],
): readonly (readonly number[])[] {
  return variables.reduce<readonly (readonly number[])[]>(
    (points, { low, high }) =>
      points.flatMap((point) => Array.from({ length: high - low + 1 }, (_, i) => [...point, low + i])),
    [[]],
  );
}

async function timed<T>(total: { seconds: number; cpu: number }, work: () => Promise<T>): Promise<T> {
  const startMs = performance.now();
  const before = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(before);
  total.seconds += (performance.now() - startMs) / 1000;
  total.cpu += (user + system) / 1e6;
  return result;
}
