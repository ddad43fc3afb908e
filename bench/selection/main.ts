/** `node bench/selection/main.ts STUDY SCORES`: what docs/results/selection.md and kinship.md report, on the zoo. */

import { studyBreeding } from "./breeding-study.ts";
import { studyChosenPlans } from "./chosen-study.ts";
import { studyStops } from "./early-stop.ts";
import { studyGain } from "./gain-study.ts";
import { fillTable } from "./pair-table.ts";
import { studyPlans } from "./plan-study.ts";
import { studyNewModels, studySelector } from "./selector-study.ts";
import { ZooBench } from "./zoo-bench.ts";

type Study = (bench: ZooBench, note: (line: string) => void) => Promise<unknown>;

const STUDIES: Readonly<Record<string, Study>> = {
  table: fillTable,
  gain: studyGain,
  breeding: studyBreeding,
  stops: studyStops,
  selector: studySelector,
  unseen: studyNewModels,
  plans: studyPlans,
  chosen: studyChosenPlans,
};

const [name = "", path] = process.argv.slice(2);
const study = Object.hasOwn(STUDIES, name) ? STUDIES[name] : undefined;
if (study === undefined || path === undefined) {
  process.stderr.write(
    `usage: node bench/selection/main.ts ${Object.keys(STUDIES).join("|")} SCORES\n` +
      "  SCORES is a file of outcomes; what is missing in it is measured and added. One that ends with .gz is not added to\n",
  );
  process.exit(2);
}
await using bench = new ZooBench(path);
const result = await study(bench, (line) => process.stderr.write(`${line}\n`));
if (result !== undefined) process.stdout.write(`${JSON.stringify(result, null, 1)}\n`);
process.stderr.write(`${bench.measured} outcomes were measured, ${bench.scores.size} are known\n`);
