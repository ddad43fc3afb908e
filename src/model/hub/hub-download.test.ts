import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type FakeHubContent, startFakeHub } from "../../../test/fake-hub.ts";
import { createTemporaryFolder } from "../../../test/temporary-folder.ts";
import { floatTensor, formatSafetensors } from "../../../test/write-checkpoint.ts";
import { CodedError } from "../../base/errors.ts";
import { findMissingModels, openModel } from "../open-model.ts";
import { createHubClient, type HubOptions } from "./hub-client.ts";
import { downloadHubModel } from "./hub-download.ts";

const COMMIT = "0123456789abcdef0123456789abcdef01234567";
const WEIGHTS = formatSafetensors([floatTensor("a", [300], Array(300).fill(3))]);
const FILES = {
  "config.json": Buffer.from('{"model_type":"llama"}'),
  "model.safetensors": WEIGHTS,
  "pytorch_model.bin": Buffer.from("x"),
  ".gitattributes": Buffer.from("x"),
};

interface Tried {
  readonly cache: string;
  readonly requests: readonly string[];
  readonly waited: readonly number[];
  /** A folder, or the code of an error. */
  readonly outcome: string;
  readonly again: () => Promise<string>;
}

/** Downloads `org/name` from a fake hub into an empty cache, or one that `prepare` fills. */
async function download(
  hub: Partial<FakeHubContent> = {},
  {
    prepare = () => {},
    ...options
  }: { prepare?: (blobs: string) => void } & Partial<HubOptions> & { revision?: string } = {},
): Promise<Tried> {
  const { endpoint, requests } = await startFakeHub({ commit: COMMIT, files: FILES, ...hub });
  const cache = createTemporaryFolder();
  const blobs = join(cache, "models--org--name/blobs");
  mkdirSync(blobs, { recursive: true });
  prepare(blobs);
  const env = { HF_HUB_CACHE: cache, HF_ENDPOINT: `${endpoint}/`, ...options.env };
  const waited: number[] = [];
  const again = async (): Promise<string> => {
    try {
      const client = createHubClient({ fetch, ...options, env });
      const { revision = "main" } = options;
      return await downloadHubModel({
        id: "org/name",
        revision,
        client,
        env,
        wait: async (ms) => void waited.push(ms),
      });
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      expect(error.message).not.toMatch(/undefined|\.$/);
      return error.code;
    }
  };
  return { cache, requests, waited, outcome: await again(), again };
}

const weightsEtag = (cache: string): string => {
  const link = join(cache, "models--org--name/snapshots", COMMIT, "model.safetensors");
  return readlinkSync(link).split("/").at(-1)!;
};

describe("downloadHubModel", () => {
  it("fills the cache as Hugging Face's programs do, with what is needed", async () => {
    const { cache, outcome, requests } = await download();
    expect(outcome).toBe(join(cache, "models--org--name/snapshots", COMMIT));
    expect(readdirSync(outcome).toSorted()).toEqual(["config.json", "model.safetensors"]);
    expect(readFileSync(join(cache, "models--org--name/refs/main"), "utf8")).toBe(COMMIT);
    const etag = weightsEtag(cache);
    expect(readlinkSync(join(outcome, "model.safetensors"))).toBe(`../../blobs/${etag}`);
    expect(etag).toMatch(/^[0-9a-f]{64}$/);
    expect(requests).toHaveLength(3);
    using model = openModel("org/name", { env: { HF_HUB_CACHE: cache } });
    expect([...model.tensors.keys()]).toEqual(["a"]);
    expect(findMissingModels("org/name+org/lora@v2", { env: { HF_HUB_CACHE: cache } })).toEqual([
      { id: "org/lora", revision: "v2" },
    ]);
  });

  it("asks for nothing twice", async () => {
    const { again, requests, outcome } = await download({}, { revision: "v1" });
    expect(await again()).toBe(outcome);
    expect(requests).toHaveLength(4);
  });

  it("goes on where a transfer broke off", async () => {
    let broken = 0;
    const misbehave: FakeHubContent["misbehave"] = (request, response, content) => {
      if (broken === 2 || !request.url!.endsWith("safetensors")) return false;
      broken++;
      const start = Number(/\d+/.exec(request.headers.range ?? "")?.[0] ?? 0);
      response.writeHead(start > 0 ? 206 : 200, { "content-range": `bytes ${start}-/*`, "content-length": "99999" });
      response.write(content.subarray(start, start + 200), () => setTimeout(() => response.destroy(), 50));
      return true;
    };
    const { outcome, requests, waited } = await download({ misbehave });
    expect(readFileSync(join(outcome, "model.safetensors"))).toEqual(Buffer.from(WEIGHTS));
    const file = `/org/name/resolve/${COMMIT}/model.safetensors`;
    expect(requests.slice(2)).toEqual([file, `${file} bytes=200-`, `${file} bytes=400-`]);
    expect(waited).toEqual([1000, 2000]);
  });

  it("goes on with what an earlier run left, also on servers that serve no parts", async () => {
    const { cache } = await download();
    const etag = weightsEtag(cache);
    const leave = (bytes: Uint8Array) => (blobs: string) => writeFileSync(join(blobs, `${etag}.incomplete`), bytes);
    const later = await download({}, { prepare: leave(WEIGHTS.subarray(0, 777)) });
    expect(later.requests.at(-1)).toMatch(/ bytes=777-$/);
    const whole = await download({}, { prepare: leave(WEIGHTS) });
    expect(whole.requests).toHaveLength(2);
    const misbehave: FakeHubContent["misbehave"] = (_request, response, content) => Boolean(response.end(content));
    const parts = await download({ misbehave }, { prepare: leave(new Uint8Array(500).fill(9)) });
    for (const { outcome } of [later, whole, parts])
      expect(readFileSync(join(outcome, "model.safetensors"))).toEqual(Buffer.from(WEIGHTS));
  });

  it("throws away what does not have the announced hash, and tries again", async () => {
    let bad = 0;
    const misbehave: FakeHubContent["misbehave"] = (request, response, content) =>
      request.url!.endsWith("json") && bad++ < 1 ? Boolean(response.end(content.toReversed())) : false;
    const { outcome, waited } = await download({ misbehave });
    expect([existsSync(outcome), waited]).toEqual([true, [1000]]);
    const always: FakeHubContent["misbehave"] = (_request, response, content) =>
      Boolean(response.end(content.toReversed()));
    const never = await download({ misbehave: always });
    expect([never.outcome, never.waited.length]).toEqual(["model/hub_corrupt", 4]);
    expect(existsSync(join(never.cache, "models--org--name/snapshots"))).toBe(false);
    const longer: FakeHubContent["misbehave"] = (_request, response, content) =>
      Boolean(response.end(Buffer.concat([content, content])));
    expect((await download({ misbehave: longer })).outcome).toBe("model/hub_corrupt");
  });

  it("sends the token, and says when it is refused", async () => {
    expect((await download({ token: "secret" })).outcome).toBe("model/hub_denied");
    expect((await download({ token: "secret" }, { env: { HF_TOKEN: "secret" } })).outcome).toContain(COMMIT);
  });

  it("says when there is no such revision, and what is no model's name", async () => {
    expect((await download({}, { revision: "v2" })).outcome).toBe("model/hub_missing");
    expect((await download({}, { revision: "../x" })).outcome).toBe("model/unsupported_reference");
  });

  it("stays offline when it is told to", async () => {
    const { outcome, requests } = await download({}, { env: { HF_HUB_OFFLINE: "1" } });
    expect([outcome, requests]).toEqual(["model/hub_offline", []]);
  });

  it("gives up on a hub that fails or says nothing", async () => {
    const failing: FakeHubContent["misbehave"] = (_request, response) => Boolean(response.writeHead(500).end());
    const { outcome, requests } = await download({ misbehave: failing });
    expect([outcome, requests.length]).toEqual(["model/hub_failed", 6]);
    const silent = await download({ misbehave: () => true }, { stallMs: 30 });
    expect(silent.outcome).toBe("model/hub_failed");
    expect((await download({}, { env: { HF_ENDPOINT: "http://127.0.0.1:1" } })).outcome).toBe("model/hub_failed");
  });

  it("stops when it is interrupted, and keeps what came", async () => {
    const controller = new AbortController();
    const misbehave: FakeHubContent["misbehave"] = (request, response, content) => {
      if (!request.url!.endsWith("safetensors")) return false;
      response.write(content.subarray(0, 300), () => setTimeout(() => controller.abort(), 50));
      return true;
    };
    const { outcome, cache } = await download({ misbehave }, { signal: controller.signal });
    expect(outcome).toBe("model/interrupted");
    const left = readdirSync(join(cache, "models--org--name/blobs")).filter((name) => name.endsWith(".incomplete"));
    expect(left.map((name) => readFileSync(join(cache, "models--org--name/blobs", name)).length)).toEqual([300]);
  });

  it.each([
    ["no object", 3],
    ["no commit", { sha: "main", siblings: [] }],
    ["no files", { sha: COMMIT }],
  ])("refuses a listing that is %s", async (_what, listing) => {
    expect((await download({ listing })).outcome).toBe("model/hub_answer");
  });

  it("says when the cache cannot be written", async () => {
    const prepare = (blobs: string): void => writeFileSync(join(blobs, "../refs"), "a file where a folder should be");
    expect((await download({}, { prepare })).outcome).toBe("model/hub_write");
  });
});
