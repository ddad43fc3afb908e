import { remoteErrors, remoteFaults } from "./errors.ts";

/** How a server is talked to. */
export interface HttpSettings {
  /** Where paths are put behind, such as `http://127.0.0.1:8000/v1`. */
  readonly url: string;
  /** Sent as `Authorization: Bearer`; stands in no message. */
  readonly key?: string;
  /** For one try of one request. @default 300 000 */
  readonly timeoutMs?: number;
  /** Tries of a request, the first included; waiting doubles from half a second to 30 s. @default 5 */
  readonly tries?: number;
  /** Requests under way at a time. @default 4 */
  readonly concurrency?: number;
  /** @default the program's own */
  readonly fetch?: typeof fetch;
  /** Waits; rejects with the signal's reason. @default a timer */
  readonly sleep?: (ms: number, signal?: AbortSignal) => Promise<void>;
}

/** Sends JSON and reads JSON, patiently. */
export interface HttpJson {
  readonly url: string;
  /**
   * Posts a body. Requests beyond the allowed number wait for their turn.
   *
   * @throws remote/refused for answers that another try would not change, remote/unreachable, remote/bad_answer, and the
   * signal's reason
   */
  post(path: string, body: object, signal?: AbortSignal): Promise<unknown>;
}

/** Longest answer that is read. */
const MAX_ANSWER_BYTES = 2 ** 28;
/** Statuses after which it is worth trying again. */
const TRANSIENT = new Set([408, 409, 425, 429, 500, 502, 503, 504]);
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;

/** Makes a client of a server. @throws remote/bad_address */
export function createHttpJson(settings: HttpSettings): HttpJson {
  const url = checkAddress(settings.url);
  const inTurn = createGate(settings.concurrency ?? 4);
  const { tries = 5, sleep = wait } = settings;
  const post = async (path: string, body: object, signal?: AbortSignal): Promise<unknown> => {
    let reason = "";
    for (let attempt = 1; attempt <= tries; attempt++) {
      signal?.throwIfAborted();
      const answer = await tryOnce(url + path, body, settings, signal);
      if (answer.kind === "json") return answer.value;
      reason = answer.reason;
      if (attempt < tries)
        await sleep(answer.waitMs ?? Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (attempt - 1)), signal);
    }
    throw remoteFaults.unreachable({ url: url + path, tries, reason });
  };
  return { url, post: (path, body, signal) => inTurn(() => post(path, body, signal)) };
}

function checkAddress(text: string): string {
  const parsed = URL.canParse(text) ? new URL(text) : undefined;
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol) || parsed.search !== "" || parsed.username !== "")
    throw remoteErrors.bad_address({ got: text });
  return text.replace(/\/+$/, "");
}

type Attempt =
  | { readonly kind: "json"; readonly value: unknown }
  | { readonly kind: "again"; readonly reason: string; readonly waitMs?: number };

async function tryOnce(
  url: string,
  body: object,
  { key, timeoutMs = 300_000, fetch: ask = fetch }: HttpSettings,
  signal: AbortSignal | undefined,
): Promise<Attempt> {
  const timeout = AbortSignal.timeout(timeoutMs);
  const both = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
  const headers = {
    "content-type": "application/json",
    ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
  };
  try {
    const response = await ask(url, {
      method: "POST",
      headers,
      body: JSON.stringify(body),
      signal: both,
      redirect: "error",
    });
    const text = await readText(response, url);
    if (response.ok) return { kind: "json", value: parse(text, url) };
    if (TRANSIENT.has(response.status))
      return { kind: "again", reason: `status ${response.status}`, ...waitOf(response) };
    throw remoteErrors.refused({ url, status: response.status, answer: text.slice(0, 300) || "nothing" });
  } catch (error) {
    signal?.throwIfAborted();
    if (timeout.aborted) return { kind: "again", reason: `nothing came within ${timeoutMs} ms` };
    if (error instanceof TypeError)
      return { kind: "again", reason: String((error.cause as Error)?.message ?? error.message) };
    throw error;
  }
}

function waitOf(response: Response): { readonly waitMs?: number } {
  const seconds = Number(response.headers.get("retry-after") ?? Number.NaN);
  return seconds >= 0 ? { waitMs: Math.min(LONGEST_WAIT_MS, 1000 * seconds) } : {};
}

async function readText(response: Response, url: string): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body ?? []) {
    bytes += part.length;
    if (bytes > MAX_ANSWER_BYTES)
      throw remoteFaults.bad_answer({ url, problem: `it is longer than ${MAX_ANSWER_BYTES} bytes` });
    parts.push(part);
  }
  return new TextDecoder().decode(Buffer.concat(parts));
}

function parse(text: string, url: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw remoteFaults.bad_answer({ url, problem: `it is not JSON: ${JSON.stringify(text.slice(0, 80))}` }, cause);
  }
}

function createGate(width: number): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (running >= width) await new Promise<void>((go) => waiting.push(go));
    else running++;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  };
}

function wait(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal!.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, ms);
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}
