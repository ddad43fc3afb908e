import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { cmaParameters } from "../../src/optim/cma-parameters.ts";
import { checkOptim } from "./optim.ts";

const DATA = join(import.meta.dirname, "data");
const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

async function folderWith(content: unknown, name = "traces.json"): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "merganser-optim-"));
  folders.push(folder);
  await mkdir(join(folder, "optim"));
  writeFileSync(join(folder, "optim", name), JSON.stringify(content));
  return folder;
}

const file = JSON.parse(readFileSync(join(DATA, "optim", "traces.json"), "utf8"));

const suite = JSON.parse(readFileSync(join(DATA, "optim", "suite.json"), "utf8"));

describe("the golden runner of optimisers", () => {
  it("finds nothing wrong in the repository's copy", async () => {
    const { passed, failures } = await checkOptim(DATA);
    expect(failures).toEqual([]);
    expect(passed).toBe(22 + 9 + suite.problems.length + suite.multiobjective.length);
  });
});

describe("test functions", () => {
  it("fail when a check value is different", async () => {
    const changed = structuredClone(suite);
    changed.problems[0].checks[1].f *= 1 + 1e-11;
    const { failures } = await checkOptim(await folderWith(changed, "suite.json"));
    expect(failures).toMatchObject([{ id: "sphere.d5", why: expect.stringContaining("is not") }]);
  });

  it("that are not known here count as failures", async () => {
    const problem = { id: "x.d5", kind: "continuous", function: "x", data: { xopt: [0] }, checks: [] };
    const { failures } = await checkOptim(await folderWith({ matrices: {}, problems: [problem] }, "suite.json"));
    expect(failures).toEqual([{ id: "x.d5", why: "function x is not supported" }]);
  });
});

describe("optimiser traces", () => {
  it("fail when one number of one generation is different", async () => {
    const changed = structuredClone(file);
    changed.traces[0].gens[3].after.C[1][1] *= 1 + 1e-9;
    const { failures } = await checkOptim(await folderWith(changed));
    expect(failures).toMatchObject([{ id: "cma.n3.plain", why: expect.stringContaining("generation 4, C") }]);
  });

  it("count a family that does not exist here as a failure", async () => {
    const { passed, failures } = await checkOptim(await folderWith({ traces: [{ id: "other.binary" }] }));
    expect(passed).toBe(0);
    expect(failures).toEqual([{ id: "other.binary", why: "optimiser other is not supported" }]);
  });

  it.each([
    ["sepcma.n3", "C", 1],
    ["cmawm.integer", "A", 0],
    ["catcma.binary", "s", 1],
    ["catcmawm.cont_int_cat", "pmut", 0],
  ])("of %s see a change of %s", async (id, part, i) => {
    const trace = structuredClone(file.traces.find((one: { id: string }) => one.id === id));
    trace.gens[2].after[part][i] *= 1 + 1e-8;
    const { failures } = await checkOptim(await folderWith({ traces: [trace] }));
    expect(failures).toMatchObject([{ id, why: expect.stringContaining(`generation 3, ${part}`) }]);
  });

  it("see options that the uniform draws do not stand for", async () => {
    const trace = structuredClone(file.traces.find((one: { id: string }) => one.id === "catcma.binary"));
    trace.gens[0].category[0][0] = 1 - trace.gens[0].category[0][0];
    const { failures } = await checkOptim(await folderWith({ traces: [trace] }));
    expect(failures).toHaveLength(1);
  });

  it("see other fronts, crowding distances and volumes", async () => {
    const [first] = file.multiobjective.cases;
    const changes = [
      { fronts: first.fronts.slice(1) },
      { crowding: [{ ...first.crowding[0], sum: first.crowding[0].sum.toReversed() }] },
      { hypervolume: first.hypervolume + 1e-9 },
    ];
    for (const change of changes) {
      const folder = await folderWith({ traces: [], multiobjective: { cases: [{ ...first, ...change }] } });
      expect((await checkOptim(folder)).failures).toHaveLength(1);
    }
  });

  it("hold the constants that the dimension and the population give", () => {
    for (const { id, n, params } of file.traces.filter((trace: { id: string }) => trace.id.startsWith("cma."))) {
      const own = cmaParameters(n, params.popsize);
      const expected = { muEff: params.mu_eff, c1: params.c1, cMu: params.cmu, cC: params.cc, chiN: params.chi_n };
      for (const [name, value] of Object.entries(expected))
        expect(own[name as keyof typeof expected], `${id} ${name}`).toBeCloseTo(value, 14);
      for (const [i, weight] of params.weights.entries()) expect(own.weights[i], `${id} w${i}`).toBeCloseTo(weight, 14);
      expect(own.cSigma).toBeCloseTo(params.c_sigma, 14);
      expect(own.dSigma).toBeCloseTo(params.d_sigma, 14);
    }
  });
});
