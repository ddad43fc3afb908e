/** `npm run golden -- KIND DIR`: checks a folder of golden data laid out like test/golden/data. */

import { resolve } from "node:path";
import { GOLDEN_RUNNERS } from "../test/golden/index.ts";

const [kind = "", folder = ""] = process.argv.slice(2);
const runner = Object.hasOwn(GOLDEN_RUNNERS, kind) ? GOLDEN_RUNNERS[kind] : undefined;
if (runner === undefined || folder === "") {
  const kinds = Object.keys(GOLDEN_RUNNERS).join(" | ");
  process.stderr.write(`usage: npm run golden -- KIND DIR\n  KIND is ${kinds}\n`);
  process.exit(2);
}

const { passed, failures, notes } = await runner(resolve(folder));
for (const { id, why } of failures) process.stdout.write(`FAILED ${id}: ${why}\n`);
for (const note of notes) process.stdout.write(`${note}\n`);
process.stdout.write(`${passed} passed, ${failures.length} failed\n`);
process.exitCode = failures.length === 0 && passed > 0 ? 0 : 1;
