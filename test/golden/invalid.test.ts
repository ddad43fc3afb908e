import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { createTemporaryFolder } from "../temporary-folder.ts";
import { runInvalid } from "./invalid.ts";

const DATA = join(import.meta.dirname, "data");

it("refuses what mergekit refuses, and takes what it takes", async () => {
  const { passed, failures, notes } = await runInvalid(DATA);
  expect(failures).toEqual([]);
  expect(passed).toBe(36);
  expect(notes).toEqual([]);
});

it("fails a case whose outcome is not the expected one", async () => {
  const folder = createTemporaryFolder();
  cpSync(join(DATA, "invalid"), join(folder, "invalid"), { recursive: true });
  const index = [
    { id: "no_layout", file: "invalid/no_layout.yml" },
    { id: "missing_model", file: "invalid/linear_zero_weights.yml" },
    { id: "refused_elsewhere", file: "invalid/typo_parameter.yml" },
  ];
  writeFileSync(join(folder, "invalid/index.json"), JSON.stringify(index));
  const outcomes = { no_layout: "ok", missing_model: "ok", refused_elsewhere: "error" };
  const expected = Object.fromEntries(Object.entries(outcomes).map(([id, outcome]) => [id, { outcome }]));
  writeFileSync(join(folder, "invalid/expected.json"), JSON.stringify(expected));
  writeFileSync(join(folder, "invalid/expected.v015.json"), "{}");
  cpSync(join(DATA, "models/llama"), join(folder, "models/llama"), {
    recursive: true,
    filter: (path) => !path.endsWith("code"),
  });
  const { failures } = await runInvalid(folder);
  expect(failures).toEqual([
    { id: "no_layout", why: "refused (recipe/layout_count), and mergekit takes it" },
    { id: "missing_model", why: "refused (model/not_found), and mergekit takes it" },
    { id: "refused_elsewhere", why: "accepted, and mergekit refuses it" },
  ]);
});
