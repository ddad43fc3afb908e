/**
 * The gate: format, lint, types and all tests. Prints what each step prints, and closes with `N passed, N failed`.
 *
 * Each of the static checks counts as one test.
 */

import { spawn } from "node:child_process";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const bin = (name: string): string => join(root, "node_modules", ".bin", name);

interface Outcome {
  readonly exitCode: number;
  readonly lastLine: string;
}

function run(command: string, args: readonly string[]): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(bin(command), args, { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
    let lastLine = "";
    child.stdout.setEncoding("utf8");
    child.stdout.on("data", (text: string) => {
      process.stdout.write(text);
      lastLine = text.trimEnd().split("\n").at(-1) || lastLine;
    });
    child.on("error", reject);
    child.on("close", (exitCode) => resolve({ exitCode: exitCode ?? 1, lastLine }));
  });
}

const CHECKS = [
  { title: "format and lint", command: "biome", args: ["check", "--error-on-warnings", "."] },
  { title: "types", command: "tsc", args: ["-p", "."] },
] as const;

let passed = 0;
let failed = 0;
for (const { title, command, args } of CHECKS) {
  process.stdout.write(`── ${title}\n`);
  const { exitCode } = await run(command, args);
  if (exitCode === 0) passed++;
  else failed++;
}

process.stdout.write("── tests\n");
const tests = await run("vitest", ["run", ...process.argv.slice(2)]);
const counts = /^(\d+) passed, (\d+) failed$/.exec(tests.lastLine);
passed += Number(counts?.[1] ?? 0);
failed += Number(counts?.[2] ?? 1);
// Vitest also fails for what belongs to no test: an unhandled rejection, a file that matches nothing.
if (tests.exitCode !== 0 && counts?.[2] === "0") failed++;

process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
