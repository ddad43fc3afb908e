import { describe, expect, it } from "vitest";
import { expectCode } from "../../test/expect-code.ts";
import { planGeneration } from "./generation-plan.ts";

const prompt = [1, 2, 3, 4, 5, 6];
const request = { prompt, until: [] };

describe("planGeneration", () => {
  it("takes a prompt that fits as it is", () => {
    expect(planGeneration({ ...request, maxTokens: 4 }, 3, prompt, 10)).toEqual({
      sequence: { request: 3, prompt, room: 4 },
      truncated: false,
      whenFull: "length",
    });
  });

  it("goes beyond the context where the text may be longer, and cuts prompts to the context all the same", () => {
    const long = planGeneration({ ...request, maxTokens: 5 }, 0, prompt, 8, Infinity);
    expect(long).toMatchObject({ sequence: { prompt, room: 5 }, whenFull: "length" });
    const cut = planGeneration({ ...request, maxTokens: 5, overflow: "cut" }, 0, prompt, 8, Infinity);
    expect(cut).toMatchObject({ sequence: { prompt: [4, 5, 6], room: 5 }, truncated: true });
  });

  it("ends the text where the context ends", () => {
    const { sequence, whenFull, truncated } = planGeneration({ ...request, maxTokens: 5 }, 0, prompt, 10);
    expect({ room: sequence.room, whenFull, truncated }).toEqual({ room: 4, whenFull: "context", truncated: false });
  });

  it("cuts the prompt on its left to make room, if asked to", () => {
    const cut = { ...request, overflow: "cut" } as const;
    expect(planGeneration({ ...cut, maxTokens: 7 }, 0, prompt, 10)).toEqual({
      sequence: { request: 0, prompt: [4, 5, 6], room: 7 },
      truncated: true,
      whenFull: "length",
    });
    expect(planGeneration({ ...cut, maxTokens: 4 }, 0, prompt, 10).truncated).toBe(false);
  });

  it("keeps the prompt when no cut would make room for all new tokens", () => {
    const cut = { ...request, overflow: "cut", maxTokens: 10 } as const;
    expect(planGeneration(cut, 0, prompt, 10)).toMatchObject({ sequence: { prompt, room: 4 }, whenFull: "context" });
    expect(planGeneration(cut, 0, prompt, 4)).toMatchObject({ sequence: { prompt: [4, 5, 6], room: 1 } });
  });

  it("may write nothing, also after a prompt that fills the context", () => {
    expect(planGeneration({ ...request, maxTokens: 0 }, 0, prompt, 6)).toMatchObject({
      sequence: { room: 0 },
      whenFull: "length",
    });
  });

  it("refuses a prompt that leaves no room", () => {
    const details = expectCode("engine/prompt_too_long", () =>
      planGeneration({ ...request, maxTokens: 1 }, 2, prompt, 6),
    );
    expect(details).toEqual({ request: 2, tokens: 6, context: 6 });
    expectCode("engine/prompt_too_long", () => planGeneration({ ...request, maxTokens: 0 }, 2, prompt, 5));
  });

  it.each([-1, 1.5, Number.POSITIVE_INFINITY])("refuses to write %d tokens", (maxTokens) => {
    expectCode("engine/bad_max_tokens", () => planGeneration({ ...request, maxTokens }, 0, prompt, 10));
  });
});
