import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "..", "..");

const TESTS = globSync(["src/**/*.test.ts", "test/**/*.ts"], { cwd: ROOT })
  .filter((file) => !file.endsWith("error-codes.test.ts"))
  .map((file) => readFileSync(join(ROOT, file), "utf8"))
  .join("\n");

/** `area/name` of every error that a file defines. */
async function codesOf(file: string): Promise<string[]> {
  const areas = readFileSync(join(ROOT, file), "utf8").matchAll(/export const (\w+) = defineErrors\(\s*"(\w+)"/g);
  const module = (await import(join(ROOT, file))) as Readonly<Record<string, object>>;
  return [...areas].flatMap(([, constant, area]) => Object.keys(module[constant!]!).map((name) => `${area}/${name}`));
}

/** Tests name a code whole, or its last part where the area is clear. */
function isProvoked(code: string): boolean {
  const name = code.split("/")[1]!;
  return TESTS.includes(code) || TESTS.includes(`"${name}"`);
}

const FILES = globSync("src/*/errors.ts", { cwd: ROOT }).toSorted();

it.each(FILES)("a test provokes every error of %s", async (file) => {
  const codes = await codesOf(file);
  expect(codes.filter((code) => !isProvoked(code))).toEqual([]);
});

it("finds the errors of every layer that has some", async () => {
  expect((await Promise.all(FILES.map(codesOf))).flat().length).toBeGreaterThan(100);
});
