/** The picture in docs/architecture.md, enforced: a layer imports only the layers named beside it. */

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const EVERYWHERE = ["base", "tensor"];
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  base: [],
  tensor: ["base"],
  kernels: [],
  arch: [],
  format: [],
  optim: [],
  store: [],
  queue: [],
  methods: ["kernels"],
  model: ["format", "kernels"],
  recipe: ["methods", "arch", "model", "format"],
  merge: ["recipe", "methods", "model", "format", "kernels"],
  engine: ["arch", "model", "kernels"],
  evaluate: ["model", "format"],
  search: ["optim", "recipe", "evaluate", "model"],
  select: ["optim", "evaluate", "model", "arch", "kernels"],
  server: ["engine", "model"],
  remote: ["evaluate", "model"],
  cli: [
    "remote",
    "server",
    "search",
    "select",
    "store",
    "queue",
    "evaluate",
    "engine",
    "merge",
    "recipe",
    "methods",
    "arch",
    "model",
    "format",
    "kernels",
    "optim",
  ],
};

const PURE = [
  "base",
  "tensor",
  "kernels",
  "methods",
  "arch",
  "optim",
  "format",
  "evaluate",
  "recipe",
  "search",
  "select",
];

const SRC = resolve(import.meta.dirname, "../../src");
const sources = readdirSync(SRC, { recursive: true, encoding: "utf8" })
  .filter(
    (file) => /(?<!\.test|\.test-d)\.ts$/.test(file) && !file.startsWith("kernels/assembly/") && file.includes("/"),
  )
  .toSorted();
const layerOf = (path: string): string => relative(SRC, path).split("/")[0]!;
const importsOf = (text: string): string[] =>
  [...text.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].map((match) => match[1]!);

describe("layers", () => {
  it("finds the sources", () => expect(sources.length).toBeGreaterThan(20));

  it.each(sources)("%s imports only from the layers below", (file) => {
    const path = join(SRC, file);
    const layer = layerOf(path);
    const allowed = LAYERS[layer];
    expect(allowed, "this folder is not a layer; add it to LAYERS and to docs/architecture.md").toBeDefined();
    const targets = importsOf(readFileSync(path, "utf8"));
    for (const target of targets.filter((t) => t.startsWith("."))) {
      const other = layerOf(resolve(dirname(path), target));
      if (other === layer) continue;
      expect([...EVERYWHERE.filter((l) => l !== layer), ...allowed!], `${file} imports ${target}`).toContain(other);
      expect(layer === "base", "base imports nothing").toBe(false);
    }
    if (PURE.includes(layer))
      expect(
        targets.filter((t) => t.startsWith("node:")),
        `${layer} is pure`,
      ).toEqual([]);
  });

  it("uses neither Math.random nor the console", () => {
    const offenders = sources.filter((file) => /Math\.random|console\./.test(readFileSync(join(SRC, file), "utf8")));
    expect(offenders).toEqual([]);
  });
});
