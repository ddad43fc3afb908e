/** Kinship of a pool: `merganser kinship` beside the straightforward script, run by turns. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { BenchCase, BenchOptions } from "./bench-case.ts";
import { type Measurement, measure } from "./measure.ts";

const MERGANSER = join(import.meta.dirname, "..", "bin", "merganser.mjs");

/** What a user would write: for each pair, load base and both models as float32, flatten, subtract, compare. */
const SCRIPT = `
import itertools, os, sys
import torch
from safetensors.torch import load_file

def flat(folder):
    tensors = {}
    for file in sorted(os.listdir(folder)):
        if file.endswith(".safetensors"):
            tensors.update(load_file(os.path.join(folder, file)))
    return torch.cat([tensors[name].float().reshape(-1) for name in sorted(tensors)])

base, models = sys.argv[1], sys.argv[2:]
for a, b in itertools.combinations(models, 2):
    origin = flat(base)
    x, y = flat(a) - origin, flat(b) - origin
    cosine = torch.dot(x, y) / (x.norm() * y.norm())
    u, v = x - x.mean(), y - y.mean()
    pearson = torch.dot(u, v) / (u.norm() * v.norm())
    print(a, b, cosine.item(), pearson.item(), (x - y).norm().item())
`;

/** Measures one pool; the shortest of `runs` counts. */
export async function benchKinship({ operands, peer, runs, note }: BenchOptions): Promise<readonly BenchCase[]> {
  const [base, ...models] = operands.map((operand) => resolve(operand)) as [string, ...string[]];
  const work = mkdtempSync(join(tmpdir(), "merganser-bench-"));
  const script = join(work, "kinship.py");
  writeFileSync(script, SCRIPT);
  const ours: Measurement[] = [];
  const theirs: Measurement[] = [];
  try {
    for (let run = 0; run < runs; run++) {
      ours.push(await measure(process.execPath, [MERGANSER, "kinship", ...models, "--base", base, "--json"], work));
      note(JSON.stringify(ours.at(-1)));
      if (peer === undefined) continue;
      theirs.push(await measure(resolve(peer), [script, base, ...models], work));
      note(JSON.stringify(theirs.at(-1)));
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return [toCase(`${models.length} models`, ours, theirs)];
}

function toCase(name: string, ours: readonly Measurement[], theirs: readonly Measurement[]): BenchCase {
  const secondsOf = (all: readonly Measurement[]): number => Math.min(...all.map(({ seconds }) => seconds));
  const rssOf = (all: readonly Measurement[]): number => Math.max(...all.map(({ rssMib }) => rssMib));
  const cpuOf = (all: readonly Measurement[]): number => Math.min(...all.map(({ cpuSeconds }) => cpuSeconds));
  const row = {
    name,
    seconds: round(secondsOf(ours)),
    cpu_seconds: round(cpuOf(ours)),
    rss_mib: rssOf(ours),
  };
  if (theirs.length === 0) return row;
  return {
    ...row,
    peer_seconds: round(secondsOf(theirs)),
    peer_cpu_seconds: round(cpuOf(theirs)),
    peer_rss_mib: rssOf(theirs),
    ratio: round(secondsOf(theirs) / secondsOf(ours)),
    cpu_ratio: round(cpuOf(theirs) / cpuOf(ours)),
  };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
