import { describe, expect, it } from "vitest";
import { claimsMemory, SharedClaims } from "./shared-claims.ts";

describe("SharedClaims", () => {
  it("gives each piece to one of those who share the memory", () => {
    const memory = claimsMemory(2);
    const [one, other] = [new SharedClaims(memory), new SharedClaims(memory)];
    expect([one.claim(0), other.claim(0), other.claim(1), one.claim(1)]).toEqual([true, false, true, false]);
    one.settle(0, "ready");
    other.settle(1, "gone");
    expect([other.stateOf(0), one.stateOf(1)]).toEqual(["ready", "gone"]);
  });

  it("waits for a piece no longer than it is claimed, or than was said", () => {
    const claims = new SharedClaims(claimsMemory(2));
    claims.claim(0);
    const start = performance.now();
    claims.waitFor(0, 20);
    expect(performance.now() - start).toBeGreaterThan(10);
    claims.waitFor(1, 60_000);
    expect(claims.stateOf(1)).toBe("free");
  });

  it("has room until as many bytes are out, and none when it is stopped", () => {
    const claims = new SharedClaims(claimsMemory(1));
    claims.countBytes(99);
    expect(claims.waitForRoom(100)).toBe(true);
    claims.countBytes(1);
    claims.stop();
    expect(claims.waitForRoom(100)).toBe(false);
    expect(claims.isStopped).toBe(true);
  });
});
