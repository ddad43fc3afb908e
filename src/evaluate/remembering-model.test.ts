import { describe, expect, it } from "vitest";
import { ReplayModel } from "../../test/golden/replay-model.ts";
import type { Json } from "../base/canonical-json.ts";
import type { LanguageModel } from "../model/language-model.ts";
import { createRememberingModel, type KnownAnswers } from "./remembering-model.ts";

class Memory implements KnownAnswers {
  readonly kept = new Map<string, Json>();
  read(model: string, requests: readonly string[]): ReadonlyMap<string, Json> {
    return new Map(
      requests.flatMap((key) => (this.kept.has(model + key) ? [[key, this.kept.get(model + key)!] as const] : [])),
    );
  }
  write(model: string, answers: ReadonlyMap<string, Json>): void {
    for (const [key, answer] of answers) this.kept.set(model + key, JSON.parse(JSON.stringify(answer)) as Json);
  }
}

function setUp(answers = new Memory(), identity = "m") {
  const inner = new ReplayModel()
    .learnText("p", "text")
    .learnScore("c", "x", { logprob: -1.5, greedy: true })
    .learnScore("c", "y", { logprob: Number.NEGATIVE_INFINITY, greedy: false })
    .learnScore("c", "z", { logprob: Number.NaN, greedy: false });
  let opens = 0;
  const open = async () => {
    opens++;
    return inner;
  };
  return { answers, inner, opens: () => opens, model: createRememberingModel({ identity, answers, open }) };
}

const pairs = ["x", "y", "x", "z"].map((continuation) => ({ context: "c", continuation }));
const prompt = { prompt: "p", maxTokens: 3, until: [] };

describe("createRememberingModel", () => {
  it("asks for each answer once, and gives the same from memory, without opening the model", async () => {
    const first = setUp();
    const scores = await first.model.score(pairs);
    const texts = await first.model.generate([prompt]);
    expect(first.inner.calls).toEqual([3, 1]);
    expect(scores.map(({ logprob }) => logprob)).toEqual([-1.5, Number.NEGATIVE_INFINITY, -1.5, Number.NaN]);
    expect(first.model.remembered).toBe(1);

    const second = setUp(first.answers);
    expect(await second.model.score(pairs)).toEqual(scores);
    expect(await second.model.generate([prompt])).toEqual(texts);
    expect(second.opens()).toBe(0);
    expect(second.model.remembered).toBe(5);
    await second.model[Symbol.asyncDispose]();
  });

  it("asks again for another model, another setting and another kind", async () => {
    const first = setUp();
    await first.model.generate([prompt]);
    const other = setUp(first.answers, "other");
    await other.model.generate([prompt]);
    await first.model.generate([{ ...prompt, maxTokens: 4 }, prompt]);
    await first.model.score(pairs.slice(0, 1));
    expect(other.inner.calls).toEqual([1]);
    expect(first.inner.calls).toEqual([1, 1, 1]);
    expect(first.opens()).toBe(1);
  });

  it("tells why a model cannot be opened, and has nothing to dispose of then", async () => {
    const { answers } = setUp();
    const open = (): Promise<LanguageModel> => Promise.reject(new Error("too large"));
    const model = createRememberingModel({ identity: "broken", answers, open });
    await expect(model.generate([prompt])).rejects.toThrow("too large");
    await expect(model[Symbol.asyncDispose]()).resolves.toBeUndefined();
  });
});
