import { describe, expect, it } from "vitest";
import { CodedError, defineErrors, invariant, OUTCOME } from "./errors.ts";

const errors = defineErrors("test", "input", {
  too_large: (d: { got: number; most: number }) => `got ${d.got}, at most ${d.most} are allowed`,
});

describe("errors", () => {
  it("carry a code, a sentence made from the details, and the details", () => {
    const cause = new Error("below");
    const error = errors.too_large({ got: 3, most: 2 }, cause);
    expect(error).toBeInstanceOf(Error);
    expect(error.code).toBe("test/too_large");
    expect(error.message).toBe("got 3, at most 2 are allowed");
    expect(error.details).toEqual({ got: 3, most: 2 });
    expect(error.cause).toBe(cause);
  });

  it("survive JSON", () => {
    const wire = JSON.parse(JSON.stringify(errors.too_large({ got: 3, most: 2 })));
    expect(new CodedError(wire).toJSON()).toEqual(wire);
  });

  it("end the program with the code of whoever must act", () => {
    expect(OUTCOME.input.exit).toBe(2);
    expect(OUTCOME.environment.exit).toBe(3);
    expect(OUTCOME.bug.exit).toBe(70);
  });

  it("blame a broken invariant on us", () => {
    expect(() => invariant(false, "one is two")).toThrow(
      expect.objectContaining({ code: "base/invariant", blame: "bug", message: "broken invariant: one is two" }),
    );
    expect(() => invariant(true, "one is one")).not.toThrow();
  });
});
