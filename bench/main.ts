/** `npm run bench -- KIND …`: measures ours beside a peer in one run and prints one JSON object. */

import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import type { BenchCase, BenchOptions } from "./bench-case.ts";
import { benchEngine } from "./engine-bench.ts";
import { formatCases } from "./format-cases.ts";
import { benchKinship } from "./kinship-bench.ts";
import { benchMerge } from "./merge-bench.ts";
import { benchOptim } from "./optim-bench.ts";
import { benchSweep } from "./sweep-bench.ts";

const KINDS: Readonly<Record<string, (options: BenchOptions) => Promise<readonly BenchCase[]>>> = {
  kinship: benchKinship,
  engine: benchEngine,
  merge: benchMerge,
  optim: benchOptim,
  sweep: benchSweep,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    peer: { type: "string" },
    runs: { type: "string", default: "1" },
    threads: { type: "string", default: String(availableParallelism()) },
    seeds: { type: "string" },
    only: { type: "string", multiple: true, default: [] },
    cold: { type: "boolean", default: false },
    table: { type: "boolean", default: false },
  },
});
const [kind = "", ...operands] = positionals;
const bench = Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
if (bench === undefined || operands.length === 0) {
  process.stderr.write(
    "usage: npm run bench -- merge DIR [--peer MERGEKIT_YAML] [--runs N] [--cold] [--only CASE]…\n" +
      "       npm run bench -- kinship BASE MODEL… [--peer PYTHON] [--runs N]\n" +
      "       npm run bench -- engine DIR [--peer PYTHON] [--runs N] [--threads N] [--only CASE]…\n" +
      "       npm run bench -- sweep SEARCH [--threads N]\n" +
      "       npm run bench -- optim FILE [--seeds N] [--only PROBLEM]…\n" +
      "  --cold drops the system's page cache before each run (Linux, as root)\n" +
      "  --table prints a table in Markdown instead of JSON\n" +
      "  DIR holds the checkpoints base, e1, e2 and e3 of one shape, or for engine a model; FILE is the optimisers' suite\n",
  );
  process.exit(2);
}
const cases = await bench({
  operands,
  peer: values.peer,
  runs: Number(values.seeds ?? values.runs),
  threads: Number(values.threads),
  only: values.only,
  cold: values.cold,
  note: (line) => process.stderr.write(`${line}\n`),
});
process.stdout.write(values.table ? formatCases(cases) : `${JSON.stringify({ cases }, null, 1)}\n`);
