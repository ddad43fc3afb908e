import { describe, expect, it } from "vitest";
import { type Reply, startRemoteServer } from "../../test/remote-server.ts";
import { createHttpJson } from "./http-json.ts";

const ok: Reply = { json: { ok: 1 } };

async function clientOf(answer: (count: number) => Reply, settings: object = {}) {
  const server = await startRemoteServer((_, count) => answer(count));
  const waits: number[] = [];
  const sleep = async (ms: number): Promise<void> => {
    waits.push(ms);
  };
  return { server, waits, http: createHttpJson({ url: `${server.url}/v1/`, sleep, ...settings }) };
}

describe("createHttpJson", () => {
  it("posts JSON with the key, and reads JSON", async () => {
    const { server, http } = await clientOf(() => ok, { key: "secret" });
    expect(await http.post("/x", { a: "é" })).toEqual({ ok: 1 });
    expect(server.received).toEqual([{ path: "/v1/x", body: { a: "é" }, authorization: "Bearer secret" }]);
  });

  it("tries again after busy answers, cut connections and silence, waiting longer each time or as it is told", async () => {
    const replies: Reply[] = [
      { status: 503, text: "" },
      "cut",
      { status: 429, text: "", headers: { "retry-after": "7" } },
      "hang",
      ok,
    ];
    const { waits, http } = await clientOf((count) => replies[count - 1]!, { timeoutMs: 200 });
    expect(await http.post("/x", {})).toEqual({ ok: 1 });
    expect(waits).toEqual([500, 1000, 7000, 4000]);
  });

  it("gives up in the end: remote/unreachable", async () => {
    const { waits, http } = await clientOf(() => ({ status: 500, text: "" }), { tries: 3 });
    await expect(http.post("/x", {})).rejects.toThrow(expect.objectContaining({ code: "remote/unreachable" }));
    await expect(http.post("/x", {})).rejects.toThrow("no answer after 3 tries: status 500");
    expect(waits).toHaveLength(4);
  });

  it("does not insist where another try changes nothing: remote/refused, and shows no key", async () => {
    const { server, http } = await clientOf(() => ({ status: 401, text: "bad key" }), { key: "secret" });
    const failed = await http.post("/x", {}).catch((error: Error) => error);
    expect(failed).toMatchObject({ code: "remote/refused", message: expect.stringContaining("401: bad key") });
    expect(JSON.stringify(failed) + String(failed)).not.toContain("secret");
    expect(server.received).toHaveLength(1);
  });

  it("refuses what is not JSON: remote/bad_answer, and addresses that are none: remote/bad_address", async () => {
    const { http } = await clientOf(() => ({ text: "<html>" }));
    await expect(http.post("/x", {})).rejects.toThrow(expect.objectContaining({ code: "remote/bad_answer" }));
    for (const url of ["localhost:80", "ftp://x", "http://u:p@x", "http://x/?k=1", ""])
      expect(() => createHttpJson({ url })).toThrow(expect.objectContaining({ code: "remote/bad_address" }));
  });

  it("keeps to the number of requests at a time", async () => {
    const { server, http } = await clientOf(() => ok, { concurrency: 2 });
    await Promise.all(Array.from({ length: 9 }, () => http.post("/x", {})));
    expect(server.received).toHaveLength(9);
    expect(server.mostBusy()).toBe(2);
  });

  it("stops at once when it is told to, while it waits too", async () => {
    const stop = new AbortController();
    const server = await startRemoteServer(() => ({ status: 503, text: "", headers: { "retry-after": "30" } }));
    const asked = createHttpJson({ url: server.url }).post("/x", {}, stop.signal);
    setTimeout(() => stop.abort(new Error("enough")), 50);
    await expect(asked).rejects.toThrow("enough");
  });
});
