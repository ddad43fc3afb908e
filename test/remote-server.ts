import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

/** What a fake server got. */
export interface Received {
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly authorization: string | undefined;
}

/** What it answers: a status and a value in JSON, text as it is, or nothing at all. */
export type Reply =
  | { readonly status?: number; readonly json: unknown; readonly headers?: Readonly<Record<string, string>> }
  | { readonly status?: number; readonly text: string; readonly headers?: Readonly<Record<string, string>> }
  | "hang"
  | "cut";

/** A server on loopback that answers as it is told, until the running test ends. */
export async function startRemoteServer(answer: (request: Received, count: number) => Reply) {
  const received: Received[] = [];
  let busy = 0;
  let mostBusy = 0;
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    mostBusy = Math.max(mostBusy, ++busy);
    response.on("close", () => busy--);
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const body = JSON.parse(Buffer.concat(parts).toString()) as Received["body"];
      received.push({ path: request.url!, body, authorization: request.headers.authorization });
      const reply = answer(received.at(-1)!, received.length);
      if (reply === "hang") return;
      if (reply === "cut") {
        request.socket.destroy();
        return;
      }
      response.writeHead(reply.status ?? 200, reply.headers ?? {});
      setTimeout(() => response.end("json" in reply ? JSON.stringify(reply.json) : reply.text), 5);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, received, mostBusy: () => mostBusy };
}
