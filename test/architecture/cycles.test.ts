/** No file imports itself by way of others, not even for a type: files that need each other are one file, or miss a third. */

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { expect, it } from "vitest";

const ROOT = resolve(import.meta.dirname, "../..");

function sourcesOf(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !file.startsWith("kernels/assembly/"))
    .map((file) => join(ROOT, folder, file));
}

const files = ["src", "bench", "scripts"].flatMap(sourcesOf);
const graph = new Map(
  files.map((file) => {
    const targets = [...readFileSync(file, "utf8").matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+\.ts)"/g)];
    return [file, targets.map(([, target]) => resolve(dirname(file), target!))] as const;
  }),
);

/** Depth first; returns the first path that comes back to a file on it. */
function findCycle(): string[] | undefined {
  const done = new Set<string>();
  const walk = (file: string, path: readonly string[]): string[] | undefined => {
    const at = path.indexOf(file);
    if (at >= 0) return [...path.slice(at), file];
    if (done.has(file)) return undefined;
    for (const target of graph.get(file) ?? []) {
      const cycle = walk(target, [...path, file]);
      if (cycle !== undefined) return cycle;
    }
    done.add(file);
    return undefined;
  };
  for (const file of files) {
    const cycle = walk(file, []);
    if (cycle !== undefined) return cycle.map((one) => relative(ROOT, one));
  }
  return undefined;
}

it("finds the imports", () => expect([...graph.values()].flat().length).toBeGreaterThan(100));

it("finds no circle", () => expect(findCycle()).toBeUndefined());
