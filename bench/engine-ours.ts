/** Our side of `npm run bench -- engine`: reads one JSON command a line, answers one a line, as engine-peer.py does. */

import { createInterface } from "node:readline";
import { openKernels } from "../src/cli/open-subject.ts";
import { openEngine } from "../src/engine/engine.ts";
import { openModel } from "../src/model/open-model.ts";
import type { EngineCommand } from "./engine-worker.ts";

const [path = "", threads = "1"] = process.argv.slice(2);
const engine = await openEngine(openModel(path), { kernels: openKernels(), threads: Number(threads) });
answer({ ready: true });
for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line) as EngineCommand;
  const startMs = performance.now();
  const startCpu = process.cpuUsage();
  await run(command);
  const seconds = (performance.now() - startMs) / 1000;
  const { user, system } = process.cpuUsage(startCpu);
  const rssMib = Math.round(process.resourceUsage().maxRSS / 1024);
  answer({ seconds, cpu_seconds: (user + system) / 1e6, rss_mib: rssMib });
}

async function run({ kind, ids, tokens }: EngineCommand): Promise<void> {
  if (kind === "score") {
    await engine.score(ids.map((row) => ({ context: row.slice(0, 1), continuation: row.slice(1) })));
    return;
  }
  const requests = ids.map((prompt) => ({ prompt, maxTokens: tokens, until: [], ignoreEos: true }));
  const written = await engine.generate(requests);
  if (written.some((one) => one.ids.length !== tokens)) throw new Error("a text is shorter than was asked for");
}

function answer(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
