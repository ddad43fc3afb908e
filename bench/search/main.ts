/** `node bench/search/main.ts OUT --items N`: what docs/results/search.md reports, on the zoo. Runs that are in OUT are not repeated. */

import { parseArgs } from "node:util";
import { studySearch } from "./search-study.ts";
import { ZOO_ARMS } from "./zoo-arms.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    arms: { type: "string", default: "parameters,path,hybrid,control" },
    seeds: { type: "string", default: "1,2,3,4,5" },
    items: { type: "string", default: "4800" },
  },
});
const [out] = positionals;
const arms = values.arms.split(",");
if (out === undefined || !arms.every((arm) => Object.hasOwn(ZOO_ARMS, arm))) {
  process.stderr.write(
    "usage: node bench/search/main.ts OUT [--arms NAMES] [--seeds 1,2,…] [--items N]\n" +
      `  arms: ${Object.keys(ZOO_ARMS).join(", ")}\n`,
  );
  process.exit(2);
}
const plan = { out, arms, seeds: values.seeds.split(",").map(Number), items: Number(values.items) };
const summary = await studySearch(plan, (line) => process.stderr.write(`${line}\n`));
process.stdout.write(`${JSON.stringify(summary, null, 1)}\n`);
