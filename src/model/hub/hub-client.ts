/** Talks to a hub over HTTP. All network traffic of the project goes through here, by a `fetch` that is handed in. */

import { modelErrors, modelMachineErrors } from "../errors.ts";
import type { Environment } from "../hub-cache.ts";
import { type HubListing, parseHubListing } from "./hub-listing.ts";

/** What is used of `globalThis.fetch`. */
export type Fetch = (url: string, options: FetchOptions) => Promise<Response>;

/** Options of a request. */
export interface FetchOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** Part of a file, arriving. */
export interface HubStream {
  /** Where it begins: as asked, or 0 from servers that do not serve parts. */
  readonly fromByte: number;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** A hub. */
export interface HubClient {
  /** @throws model/hub_missing, hub_denied, hub_answer, hub_failed */
  list(id: string, revision: string): Promise<HubListing>;
  /** Opens a file from a place on. @throws model/hub_missing, hub_denied, hub_failed */
  open(id: string, commit: string, path: string, fromByte: number): Promise<HubStream>;
}

/** How a hub is reached. */
export interface HubOptions {
  readonly fetch: Fetch;
  /** HF_ENDPOINT, HF_TOKEN (else HUGGING_FACE_HUB_TOKEN) and HF_HUB_OFFLINE are read. */
  readonly env: Environment;
  readonly signal?: AbortSignal;
  /** Time without a byte after which a request has failed. @default 60_000 */
  readonly stallMs?: number;
}

const DEFAULT_ENDPOINT = "https://huggingface.co";
const STALL_MS = 60_000;

/** A listing of ten thousand files takes about 3 MB. */
const MAX_ANSWER_BYTES = 2 ** 25;

/** Opens a client. Nothing is sent yet. @throws model/hub_offline */
export function createHubClient({ fetch, env, signal, stallMs = STALL_MS }: HubOptions): HubClient {
  if (/^(?:1|on|yes|true)$/i.test(env["HF_HUB_OFFLINE"] ?? ""))
    throw modelErrors.hub_offline({ variable: "HF_HUB_OFFLINE" });
  const endpoint = (env["HF_ENDPOINT"] || DEFAULT_ENDPOINT).replace(/\/+$/, "");
  const token = env["HF_TOKEN"] || env["HUGGING_FACE_HUB_TOKEN"];
  const common = {
    "user-agent": "merganser",
    "accept-encoding": "identity",
    ...(token ? { authorization: `Bearer ${token}` } : {}),
  };
  const request = async (what: string, url: string, headers: Readonly<Record<string, string>>) => {
    const stall = createStallGuard(stallMs, signal);
    const response = await attempt(what, stall, () =>
      fetch(url, { headers: { ...common, ...headers }, signal: stall.signal }),
    );
    if (response.ok) return { response, chunks: readChunks(what, response, stall) };
    stall.stop();
    await response.body?.cancel();
    if (response.status === 401 || response.status === 403)
      throw modelErrors.hub_denied({ what, status: response.status });
    if (response.status === 404) throw modelErrors.hub_missing({ what, endpoint });
    throw modelMachineErrors.hub_failed({ what, why: `the hub answers with status ${response.status}` });
  };
  return {
    async list(id, revision) {
      const url = `${endpoint}/api/models/${id}/revision/${encodeURIComponent(revision)}?blobs=true`;
      const { chunks } = await request(`${id}@${revision}`, url, { accept: "application/json" });
      return parseHubListing(parseAnswer(await readAll(chunks, id), id), id);
    },
    async open(id, commit, path, fromByte) {
      const url = `${endpoint}/${id}/resolve/${commit}/${path.split("/").map(encodeURIComponent).join("/")}`;
      const range: Readonly<Record<string, string>> = fromByte > 0 ? { range: `bytes=${fromByte}-` } : {};
      const { response, chunks } = await request(`${id}/${path}`, url, range);
      return { fromByte: isPart(response, fromByte) ? fromByte : 0, chunks };
    },
  };
}

function isPart(response: Response, fromByte: number): boolean {
  return response.status === 206 && (response.headers.get("content-range") ?? "").startsWith(`bytes ${fromByte}-`);
}

interface StallGuard {
  readonly signal: AbortSignal;
  /** Whether the caller has enough. */
  isInterrupted(): boolean;
  /** Counts the time anew. */
  restart(): void;
  stop(): void;
}

function createStallGuard(stallMs: number, outer: AbortSignal | undefined): StallGuard {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const stop = (): void => clearTimeout(timer);
  const restart = (): void => {
    stop();
    timer = setTimeout(() => controller.abort(new Error(`nothing came for ${stallMs} ms`)), stallMs);
  };
  restart();
  const signals = outer === undefined ? [controller.signal] : [controller.signal, outer];
  return { signal: AbortSignal.any(signals), isInterrupted: () => outer?.aborted ?? false, restart, stop };
}

async function attempt<T>(what: string, stall: StallGuard, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    stall.stop();
    if (stall.isInterrupted()) throw modelMachineErrors.interrupted({ what });
    throw modelMachineErrors.hub_failed({ what, why: reasonOf(cause) }, cause);
  }
}

/** The reason that undici hides behind "fetch failed". */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error && cause.message !== "" ? cause.message : message;
}

async function* readChunks(what: string, response: Response, stall: StallGuard): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader();
  try {
    for (;;) {
      const { done, value } = await attempt(
        what,
        stall,
        async () => (await reader?.read()) ?? { done: true, value: undefined },
      );
      if (done || value === undefined) return;
      stall.restart();
      yield value as Uint8Array;
    }
  } finally {
    stall.stop();
    await reader?.cancel().catch(() => {});
  }
}

async function readAll(chunks: AsyncIterable<Uint8Array>, id: string): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > MAX_ANSWER_BYTES)
      throw modelErrors.hub_answer({ id, why: `it is longer than ${MAX_ANSWER_BYTES} bytes` });
    parts.push(chunk);
  }
  return Buffer.concat(parts);
}

function parseAnswer(bytes: Uint8Array, id: string): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw modelErrors.hub_answer({ id, why: `it is not JSON (${(cause as Error).message})` }, cause);
  }
}
