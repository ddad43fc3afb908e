import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { connectRedis } from "../../src/queue/connect-redis.ts";

/** A server for a test, on this machine only, that writes nothing to disk. */
export interface TestRedis extends AsyncDisposable {
  readonly url: string;
  /** Ends it as a power cut would; what it held is lost. */
  kill(): Promise<void>;
  /** Starts it again, empty, at the same address. */
  restart(): Promise<void>;
}

/** Whether there is a server to start: Debian's package `redis-server`. */
export const HAS_REDIS = spawnSync("redis-server", ["--version"]).status === 0;

/** Starts a server on a free port. */
export async function startRedis(): Promise<TestRedis> {
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  let server: ChildProcess | undefined;
  const restart = async (): Promise<void> => {
    const args = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
    server = spawn("redis-server", args, { stdio: "ignore" });
    for (let tries = 0; tries < 100; tries++) {
      try {
        using _ = await connectRedis(url, { onLost: () => {}, onBack: () => {} });
        return;
      } catch {
        await pause(50);
      }
    }
    throw new Error("redis-server does not start");
  };
  const kill = async (): Promise<void> => {
    if (server === undefined) return;
    const ended = once(server, "exit");
    server.kill("SIGKILL");
    server = undefined;
    await ended;
  };
  await restart();
  return { url, kill, restart, [Symbol.asyncDispose]: kill };
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, "close");
  return port;
}
