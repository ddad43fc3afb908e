import { expect, it } from "vitest";
import { createCallQueue } from "./call-queue.ts";

it("starts a call when the one before has ended", async () => {
  const inTurn = createCallQueue();
  const events: string[] = [];
  const call = (name: string) => async () => {
    events.push(`${name} starts`);
    await new Promise(setImmediate);
    events.push(`${name} ends`);
    return name;
  };
  expect(await Promise.all([inTurn(call("a")), inTurn(call("b"))])).toEqual(["a", "b"]);
  expect(events).toEqual(["a starts", "a ends", "b starts", "b ends"]);
});

it("goes on after a call that fails", async () => {
  const inTurn = createCallQueue();
  const failing = inTurn(() => Promise.reject(new Error("no")));
  const next = inTurn(async () => 1);
  await expect(failing).rejects.toThrow("no");
  expect(await next).toBe(1);
});
