import { Redis } from "ioredis";
import { queueErrors, queueFaults } from "./errors.ts";
import type { QueueWatch } from "./work-queue.ts";

/** A connection that comes back by itself. */
export interface RedisConnection extends Disposable {
  readonly redis: Redis;
  /** The address without password. */
  readonly at: string;
  /** Notes that the server does not answer; `onLost` is called once until it does again. */
  readonly lost: (reason: string) => void;
  readonly back: () => void;
}

/** Longest pause between two tries to connect. */
const MOST_PAUSE_MS = 1000;

const CONNECT_MS = 5000;

/**
 * Connects to a Redis server. Once there, a connection that breaks is made again, however long that takes.
 *
 * @param commandMs - how long a command may take before it counts as lost; undefined for no limit.
 * @throws queue/bad_url, queue/unreachable
 */
export async function connectRedis(url: string, watch: QueueWatch, commandMs?: number): Promise<RedisConnection> {
  const at = withoutPassword(url);
  let hasConnected = false;
  let isLost = false;
  const lost = (reason: string): void => {
    if (!isLost && hasConnected) watch.onLost(at, reason);
    isLost = hasConnected;
  };
  const back = (): void => {
    if (isLost) watch.onBack(at);
    isLost = false;
  };
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: CONNECT_MS,
    keepAlive: 10_000,
    maxRetriesPerRequest: null,
    ...(commandMs === undefined ? {} : { commandTimeout: commandMs }),
    retryStrategy: (tries) => (hasConnected ? Math.min(100 * tries, MOST_PAUSE_MS) : null),
  });
  let reason: string | undefined;
  redis.on("error", (error) => {
    reason = describe(error);
  });
  redis.on("close", () => lost(reason ?? "the connection was closed"));
  redis.on("ready", () => {
    reason = undefined;
    back();
  });
  try {
    await redis.connect();
    await redis.ping();
  } catch (error) {
    redis.disconnect();
    throw queueFaults.unreachable({ at, reason: reason ?? describe(error) }, error);
  }
  hasConnected = true;
  const close = (): void => {
    hasConnected = false;
    redis.disconnect();
  };
  return { redis, at, lost, back, [Symbol.dispose]: close };
}

/** @throws queue/bad_url */
function withoutPassword(url: string): string {
  const parsed = URL.parse(url);
  const isRedis = parsed !== null && ["redis:", "rediss:"].includes(parsed.protocol) && parsed.hostname !== "";
  if (!isRedis) throw queueErrors.bad_url({ got: parsed === null ? url : `${parsed.protocol}//${parsed.host}` });
  return `${parsed.protocol}//${parsed.host}${parsed.pathname === "/" ? "" : parsed.pathname}`;
}

/** Some errors of sockets have a code and no message. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  return error.message || code || error.name;
}
