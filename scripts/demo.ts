/**
 * `npm run demo`: evolves a merge on the zoo that ships with the repository, as `merganser evolve` does.
 *
 * A finished or unfinished earlier run is moved aside, never reused; `npm run demo -- --resume` goes on with it.
 */

import { spawn } from "node:child_process";
import { existsSync, renameSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const out = join(root, "runs", "demo");
const args = process.argv.slice(2);

if (existsSync(out) && !args.includes("--resume")) {
  let number = 1;
  while (existsSync(`${out}-${number}`)) number++;
  renameSync(out, `${out}-${number}`);
  process.stderr.write(`moved the earlier run to runs/demo-${number}\n`);
}

const child = spawn(
  process.execPath,
  [join(root, "bin", "merganser.mjs"), "evolve", join("zoo", "demo.yaml"), "--out", join("runs", "demo"), ...args],
  { cwd: root, stdio: "inherit" },
);
// A terminal sends Ctrl-C to both; the child decides when to end.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => child.kill("SIGTERM"));
child.on("close", (exitCode) => {
  process.exitCode = exitCode ?? 1;
});
