import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { describeOptimiserContract, sphereLoss } from "../../test/contracts/optimiser-contract.ts";
import { OPTIMISERS } from "./index.ts";

const BEATS_RANDOM_BY: Readonly<Record<string, number>> = {
  bipop_cma_es: 200,
  cat_cma: 100,
  cat_cma_margin: 50,
  cma_es: 200,
  cma_es_margin: 200,
  conditional_hybrid: 200,
  ga: 2,
  grid: 0.2,
  ipop_cma_es: 200,
  nsga2: 2,
  one_plus_one_ea: 5,
  random: 1,
  sep_cma_es: 200,
  tpe: 3,
};

const randomLoss = Array.from({ length: 11 }, (_, seed) => sphereLoss(OPTIMISERS["random"]!, seed)).toSorted(
  (a, b) => a - b,
)[5]!;

for (const optimiser of Object.values(OPTIMISERS))
  describeOptimiserContract(optimiser, {
    beatsRandomBy: BEATS_RANDOM_BY[optimiser.name]!,
    randomLoss,
    seedsMayAgree: optimiser.name === "grid",
  });

it("registers every optimiser file of this folder, in alphabetical order, under its own name", () => {
  const files = readdirSync(import.meta.dirname)
    .filter((file) => /^[a-z0-9-]+\.ts$/.test(file) && file !== "optimiser.ts")
    .filter((file) => readFileSync(join(import.meta.dirname, file), "utf8").includes("= defineOptimiser<"))
    .map((file) => file.slice(0, -3).replaceAll("-", "_"))
    .toSorted();
  expect(Object.keys(OPTIMISERS)).toEqual(files);
  expect(Object.values(OPTIMISERS).map(({ name }) => name)).toEqual(files);
});
