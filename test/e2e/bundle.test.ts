/** The command run from a bundle in a checkout of its own, which the tests may change. */

import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { findFreshBundle } from "../../bin/fresh-bundle.mjs";
import { createTemporaryFolder } from "../temporary-folder.ts";
import { ROOT, runMerganser } from "./run-merganser.ts";

const BASE = join(ROOT, "zoo", "models", "base");
const TUNED = join(ROOT, "zoo", "models", "code");
const THREADS = ["merge-worker", "merge-ahead-worker", "kinship-worker", "evaluation-thread"];
const RAN = "from the bundle";

describe("the bundle", { timeout: 120_000 }, () => {
  it("does what the sources do", async () => {
    const root = createBundledCheckout();
    const recipe = join(root, "linear.yaml");
    const models = [BASE, TUNED].map((path) => `  - {model: ${path}, parameters: {weight: 0.5}}\n`);
    writeFileSync(recipe, `merge_method: linear\nmodels:\n${models.join("")}dtype: float16\n`);
    const pairs = join(root, "pairs.jsonl");
    writeFileSync(pairs, '{"context": "2 + 2 =", "continuation": " 4"}\n');

    const folder = fileURLToPath(findFreshBundle(root)!);
    for (const name of THREADS) expect(existsSync(join(folder, `${name}.mjs`)), name).toBe(true);

    const commands = [["--version"], ["plan", recipe, "--json"], ["score", BASE, "--pairs", pairs]];
    const runAll = (): Promise<unknown> => Promise.all(commands.map((args) => runMerganser(args, { root })));
    const fromBundle = await runAll();
    expect(await runMerganser(["merge", recipe, join(root, "a")], { root })).toMatchObject({
      exitCode: 0,
      stderr: RAN,
    });
    rmSync(join(root, "dist"), { recursive: true });
    expect(fromBundle).toEqual(((await runAll()) as object[]).map((run) => ({ ...run, exitCode: 0, stderr: RAN })));
    expect(await runMerganser(["merge", recipe, join(root, "b")], { root })).toMatchObject({ exitCode: 0, stderr: "" });
    for (const file of ["model.safetensors", "merganser.lock.json"])
      expect(readFileSync(join(root, "a", file)).equals(readFileSync(join(root, "b", file))), file).toBe(true);
  });

  it("is not used once a source, a package or the bundle itself is another", async () => {
    const root = createBundledCheckout();
    const changes: Readonly<Record<string, () => void>> = {
      "src/cli/version.ts": () =>
        writeFileSync(join(root, "src/cli/version.ts"), 'export const VERSION: string = "edited";\n'),
      "src/base/size.ts": () => utimesSync(join(root, "src/base/size.ts"), 0, 0),
      "package-lock.json": () => rmSync(join(root, "package-lock.json")),
      "dist/bundle.json": () => writeFileSync(join(root, "dist/bundle.json"), "{"),
    };
    for (const [name, change] of Object.entries(changes)) {
      if (findFreshBundle(root) === undefined) build(root);
      expect((await runMerganser(["--version"], { root })).stderr, name).toBe(RAN);
      change();
      const { stdout, stderr } = await runMerganser(["--version"], { root });
      expect(stderr, name).toBe("");
      expect(stdout).toBe("edited\n");
    }
  });

  it("is taken as it is where the package is installed, since its sources cannot run there", () => {
    const installed = join(createTemporaryFolder(), "node_modules", "merganser");
    expect(findFreshBundle(installed)).toBeUndefined();
    mkdirSync(join(installed, "dist"), { recursive: true });
    writeFileSync(join(installed, "dist", "bundle.json"), '{"folder": "0123", "sources": [["src/x.ts", 1, 1]]}');
    expect(findFreshBundle(installed)?.pathname).toMatch(/dist\/0123\/$/);
  });
});

/** A copy of what the command needs, with its bundle, which says on stderr that it runs. */
function createBundledCheckout(): string {
  const root = createTemporaryFolder();
  for (const part of ["bin", "src", "scripts/build-bundle.ts", "package.json", "package-lock.json"])
    cpSync(join(ROOT, part), join(root, part), { recursive: true, preserveTimestamps: true });
  symlinkSync(join(ROOT, "node_modules"), join(root, "node_modules"));
  build(root);
  return root;
}

function build(root: string): void {
  const { status, stderr } = spawnSync(process.execPath, [join(root, "scripts/build-bundle.ts")], { encoding: "utf8" });
  expect(status, stderr).toBe(0);
  const main = join(fileURLToPath(findFreshBundle(root)!), "main.mjs");
  writeFileSync(main, `process.stderr.write("${RAN}");\n${readFileSync(main, "utf8")}`);
}
