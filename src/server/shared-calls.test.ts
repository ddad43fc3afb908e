import { expect, it } from "vitest";
import type { EngineGeneration, EngineRequest } from "../engine/engine-request.ts";
import { shareCalls } from "./shared-calls.ts";

const request = (prompt: string): EngineRequest => ({ prompt, maxTokens: 1, until: [] });
const written = ({ prompt }: EngineRequest): EngineGeneration => ({
  text: `${prompt}!`,
  ids: [1],
  promptTokens: 1,
  stoppedBy: "length",
  truncated: false,
});

/** Answers when told to, and refuses batches with a prompt "bad". */
function controlled(token?: (requests: readonly EngineRequest[]) => void) {
  const calls: (readonly string[])[] = [];
  const share = shareCalls(async (requests) => {
    calls.push(requests.map(({ prompt }) => String(prompt)));
    await new Promise((resolve) => setImmediate(resolve));
    token?.(requests);
    if (requests.some(({ prompt }) => prompt === "bad")) throw new Error("refused");
    return requests.map(written);
  });
  return { calls, share };
}

it("asks together what came while others were answered", async () => {
  const { calls, share } = controlled();
  const answers = await Promise.all([
    share([request("a")]),
    share([request("b"), request("c")]),
    share([request("d")]),
  ]);
  expect(calls).toEqual([["a"], ["b", "c", "d"]]);
  expect(answers.map((texts) => texts.map(({ text }) => text))).toEqual([["a!"], ["b!", "c!"], ["d!"]]);
});

it("lets only the refused caller fail", async () => {
  const { calls, share } = controlled();
  const first = share([request("a")]);
  const [b, bad, c] = await Promise.allSettled([share([request("b")]), share([request("bad")]), share([request("c")])]);
  await first;
  expect([b.status, bad.status, c.status]).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(calls.slice(1)).toEqual([["b", "bad", "c"], ["b"], ["bad"], ["c"]]);
});

it("writes nothing twice", async () => {
  const { calls, share } = controlled((requests) =>
    requests[0]!.onToken!({ ids: [1], text: "x", logprobs: undefined }),
  );
  const first = share([request("a")]);
  const results = await Promise.allSettled([share([request("b")]), share([request("bad")])]);
  await first;
  expect(results.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(calls).toHaveLength(2);
});
