import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { checkMethods } from "./methods.ts";

const DATA = join(import.meta.dirname, "data");
const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** A folder whose methods.json was changed, with no newer cases over it. */
function folderWith(change: (file: ReturnType<typeof read>) => void): string {
  const file = read();
  change(file);
  const folder = mkdtempSync(join(tmpdir(), "merganser-methods-"));
  folders.push(folder);
  const text = JSON.stringify(file, (_key, value: unknown) => (Object.is(value, -0) ? "-0" : value));
  writeFileSync(join(folder, "methods.json"), text);
  return folder;
}

function read() {
  return JSON.parse(readFileSync(join(DATA, "methods.json"), "utf8"));
}

describe("golden methods", () => {
  it("agree with mergekit", async () => {
    const { passed, failures } = await checkMethods(DATA);
    expect(failures).toEqual([]);
    expect(passed).toBe(150 + 24 + 5);
  });

  it("fail when a bit of a 16-bit result is different", async () => {
    const folder = folderWith((file) => {
      const changed = file.cases.find(({ id }: { id: string }) => id === "ties/mat/bfloat16");
      changed.out[3] *= 1 + 2 ** -7;
    });
    const { failures } = await checkMethods(folder);
    expect(failures).toContainEqual({ id: "ties/mat/bfloat16", why: expect.stringContaining("element 3") });
  });

  it("fail when a method is not supported, a sparsifier differs, or a random number does", async () => {
    const folder = folderWith((file) => {
      file.cases = [{ ...file.cases[0], id: "x", method: "none" }];
      file.sparsify.cases[0].out[2] = 0;
      file.rng.randn_5[4] += 0.01;
    });
    const { failures } = await checkMethods(folder);
    expect(failures).toEqual([
      { id: "x", why: "method none is not supported" },
      { id: "sparsify/magnitude/null/float32", why: expect.stringContaining("element 2") },
      { id: "rng/randn_5", why: expect.stringContaining("number 4") },
    ]);
  });

  it("fail when an error is expected and none is raised", async () => {
    const folder = folderWith((file) => {
      file.cases = [{ ...file.cases[0], error: "ValueError" }];
    });
    const { failures } = await checkMethods(folder);
    expect(failures).toEqual([{ id: "linear/mat/bfloat16", why: "should raise ValueError" }]);
  });
});
