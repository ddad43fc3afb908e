import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { startFakeHub } from "../../../test/fake-hub.ts";
import { createTemporaryFolder } from "../../../test/temporary-folder.ts";
import { floatTensor, formatSafetensors } from "../../../test/write-checkpoint.ts";
import { runCli } from "../run-cli.ts";

const COMMIT = "0123456789abcdef0123456789abcdef01234567";
const FILES = {
  "config.json": Buffer.from('{"model_type":"llama","architectures":["LlamaForCausalLM"]}'),
  "model.safetensors": formatSafetensors([floatTensor("a", [1], [3])]),
};

async function run(...args: readonly string[]): Promise<{ exitCode: number; printed: string; noted: string }> {
  const printed: string[] = [];
  const noted: string[] = [];
  const exitCode = await runCli(args, {
    print: (line) => printed.push(line),
    note: (line) => noted.push(line),
    redraw: undefined,
    now: () => 0,
    signal: new AbortController().signal,
    cores: 1,
  });
  return { exitCode, printed: printed.join("\n"), noted: noted.join("\n") };
}

describe("merganser download", () => {
  beforeEach(async () => {
    const { endpoint } = await startFakeHub({ commit: COMMIT, files: FILES });
    vi.stubEnv("HF_ENDPOINT", endpoint);
    vi.stubEnv("HF_HUB_OFFLINE", "");
    vi.stubEnv("HF_HUB_CACHE", createTemporaryFolder());
    return () => vi.unstubAllEnvs();
  });

  it("gets what a recipe names and is not there, once", async () => {
    const recipe = join(createTemporaryFolder(), "recipe.yaml");
    writeFileSync(
      recipe,
      "merge_method: linear\nmodels:\n  - model: org/name\n  - model: org/name@v1\n  - model: ./x\n",
    );
    const first = await run("download", recipe, "org/name", "--json");
    expect(first.exitCode, first.noted).toBe(0);
    const { downloaded } = JSON.parse(first.printed) as {
      downloaded: { model: string; revision: string; path: string }[];
    };
    expect(downloaded.map(({ model, revision }) => [model, revision])).toEqual([
      ["org/name", "main"],
      ["org/name", "v1"],
    ]);
    expect(existsSync(join(downloaded[0]!.path, "model.safetensors"))).toBe(true);
    expect((await run("download", recipe)).printed).toBe("all models are there");
  });

  it("is done before a merge that asks for it, and named where models are missing", async () => {
    const folder = createTemporaryFolder();
    const recipe = join(folder, "recipe.yaml");
    writeFileSync(recipe, "merge_method: passthrough\nmodels: [{model: org/name}]\n");
    const hint = `merganser download ${recipe}`;
    expect((await run("plan", recipe)).printed).toContain(hint);
    const refused = await run("merge", recipe, join(folder, "out"), "--no-check");
    expect([refused.exitCode, refused.noted]).toEqual([2, expect.stringContaining(hint)]);
    const merged = await run("merge", recipe, join(folder, "out"), "--no-check", "--download");
    expect(merged.exitCode, merged.noted).toBe(0);
    expect(existsSync(join(folder, "out", "model.safetensors"))).toBe(true);
  });

  it("says what is no model, and what the hub does not have", async () => {
    expect((await run("download", "./nowhere")).noted).toContain("model/not_found");
    const unknown = await run("download", "org/other");
    expect([unknown.exitCode, unknown.noted]).toEqual([2, expect.stringContaining("model/hub_missing")]);
  });
});
