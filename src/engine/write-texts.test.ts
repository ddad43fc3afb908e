import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { generateModel, LLAMA_CONFIG, LLAMA_SHAPES } from "../../test/generated-model.ts";
import { createPlainKernels } from "../kernels/create-plain-kernels.ts";
import { openFolderModel } from "../model/folder-model.ts";
import type { Model } from "../model/model.ts";
import { type Engine, type EngineOptions, openEngine } from "./engine.ts";
import type { EngineRequest } from "./engine-request.ts";

const DATA = join(import.meta.dirname, "../../test/golden/data");
const kernels = createPlainKernels(2 ** 24);
const request: EngineRequest = { prompt: [3, 1, 4], maxTokens: 12, until: [] };

function small(config = {}): Model {
  return generateModel({ ...LLAMA_CONFIG, ...config }, LLAMA_SHAPES);
}

async function open(model: Model, options: Omit<EngineOptions, "kernels"> = {}): Promise<Engine> {
  const engine = await openEngine(model, { kernels, threads: 1, ...options });
  onTestFinished(() => engine[Symbol.asyncDispose]());
  return engine;
}

describe("prompts that begin alike", () => {
  const examples = Array.from({ length: 30 }, (_, i) => (i * i + 3) % 28);
  const requests = Array.from({ length: 12 }, (_, i) => ({
    prompt: [...examples.slice(0, 30 - (i % 2)), i, (5 * i) % 28].slice(0, 32 - (i % 3)),
    maxTokens: 1 + (i % 9),
    until: [],
  }));

  it("get the same texts as each alone, whatever memory there is", async () => {
    const roomy = await open(small());
    const alone = [];
    for (const one of requests) alone.push(...(await roomy.generate([one])));
    expect(await roomy.generate(requests)).toEqual(alone);
    const tight = await open(small(), { memoryBytes: 2 * 150 * 2 * 2 * 16 * 4 });
    expect(await tight.generate(requests)).toEqual(alone);
  });
});

describe("sampling", () => {
  const sampling = { temperature: 1.5, topK: 20, topP: 0.95, repetitionPenalty: 1.1, seed: 3 };

  it("writes the same for a seed, alone and among others, and something else for another", async () => {
    const engine = await open(small());
    const [alone] = await engine.generate([{ ...request, sampling }]);
    const others = [
      { ...request, maxTokens: 3 },
      { ...request, sampling },
      { ...request, sampling: { ...sampling, seed: 4 } },
    ];
    const [greedy, same, other] = await engine.generate(others);
    expect(same).toEqual(alone);
    expect(other!.ids).not.toEqual(alone!.ids);
    expect(greedy!.ids).toEqual((await engine.generate([{ ...request, maxTokens: 3 }]))[0]!.ids);
  });

  it("refuses settings that mean nothing", async () => {
    const engine = await open(small());
    const bad = [{ temperature: -1 }, { topK: 1.5 }, { topP: 0 }, { repetitionPenalty: 0 }, { seed: Number.NaN }];
    for (const one of bad) {
      const setting = Object.keys(one)[0]!;
      await expect(engine.generate([request, { ...request, sampling: one }])).rejects.toMatchObject({
        code: "engine/bad_sampling",
        details: { request: 1, setting },
      });
    }
  });
});

describe("a text", () => {
  it("goes on after end-of-sequence ids where they are to be ignored", async () => {
    const free = await open(small());
    const [whole] = await free.generate([request]);
    const engine = await open(small({ eos_token_id: whole!.ids[2]! }));
    expect((await engine.generate([request]))[0]!.stoppedBy).toBe("eos");
    expect((await engine.generate([{ ...request, ignoreEos: true }]))[0]).toEqual(whole);
  });

  it("ends when its time is over, and is not begun when there is none", async () => {
    let ms = 0;
    const engine = await open(small(), { now: () => (ms += 10) });
    const [short, none, whole] = await engine.generate([
      { ...request, timeLimitMs: 60 },
      { ...request, timeLimitMs: 0 },
      request,
    ]);
    expect(short).toMatchObject({ cutShortBy: "time", stoppedBy: "length" });
    expect(short!.ids.length).toBeGreaterThan(0);
    expect(short!.ids).toEqual(whole!.ids.slice(0, short!.ids.length));
    expect(none).toMatchObject({ ids: [], cutShortBy: "time" });
    expect(whole).not.toHaveProperty("cutShortBy");
    expect(whole!.ids).toHaveLength(12);
  });

  it("ends alone when its own signal says so", async () => {
    const engine = await open(small());
    const controller = new AbortController();
    const onToken = ({ ids }: { readonly ids: readonly number[] }): void => {
      if (ids.length === 4) controller.abort();
    };
    const [ended, whole] = await engine.generate([{ ...request, signal: controller.signal, onToken }, request]);
    expect(ended).toMatchObject({ cutShortBy: "signal", ids: whole!.ids.slice(0, 4) });
  });

  it("is reported token by token, with how probable each was", async () => {
    const engine = await open(openFolderModel(join(DATA, "models/llama/chat")));
    const seen: string[] = [];
    const [written] = await engine.generate([
      { prompt: "The quick", maxTokens: 5, until: [], alternatives: 2, onToken: ({ text }) => seen.push(text) },
    ]);
    expect(seen).toHaveLength(5);
    expect(seen.at(-1)).toBe(written!.text);
    expect(written!.logprobs!.map(({ id }) => id)).toEqual(written!.ids);
    for (const { id, logprob, top } of written!.logprobs!) {
      expect(top[0]).toEqual({ id, logprob });
      expect(top[1]!.logprob).toBeLessThanOrEqual(logprob);
    }
    const [score] = await engine.score([{ context: "The quick", continuation: written!.ids }]);
    expect(written!.logprobs!.reduce((sum, { logprob }) => sum + logprob, 0)).toBeCloseTo(score!.logprob, 3);
  });
});

describe("calls that come while others are answered", () => {
  const long: EngineRequest = { prompt: [3, 1, 4, 1, 5], maxTokens: 25, until: [], ignoreEos: true };
  const short: EngineRequest = { prompt: [2, 7], maxTokens: 3, until: [], ignoreEos: true };

  /** Asks for a long text, and for others once it has begun. */
  async function meanwhile<T>(engine: Engine, ask: () => T, first: EngineRequest = long) {
    let asked: T | undefined;
    const onToken = ({ ids }: { readonly ids: readonly number[] }): void => {
      if (ids.length === 4) asked = ask();
    };
    const whole = await engine.generate([{ ...first, onToken }]);
    return { whole, asked: asked! };
  }

  it("are answered before those, with the same texts as alone", async () => {
    const engine = await open(small());
    const [alone, shortAlone] = [await engine.generate([long]), await engine.generate([short])];
    const longer = { ...long, prompt: [9, 9, 9, 9, 9, 9, 9], maxTokens: 24 };
    const longerAlone = await engine.generate([longer]);
    const order: string[] = [];
    const { whole, asked } = await meanwhile(engine, () =>
      Promise.all([
        engine.generate([short, short]).finally(() => order.push("short")),
        engine.generate([longer]).finally(() => order.push("longer")),
      ]),
    );
    order.push("long");
    expect(whole).toEqual(alone);
    expect(await asked).toEqual([[...shortAlone, ...shortAlone], longerAlone]);
    expect(order).toEqual(["short", "long", "longer"]);
  });

  it("fail alone", async () => {
    const engine = await open(small());
    const alone = await engine.generate([long]);
    const failing = (): never => {
      throw new Error("the reader is gone");
    };
    const { whole, asked } = await meanwhile(engine, () =>
      Promise.allSettled([
        engine.generate([short, { ...short, maxTokens: -1 }]),
        engine.generate([{ ...short, onToken: failing }]),
        engine.generate([short], AbortSignal.abort(new Error("enough"))),
        engine.generate([short]),
      ]),
    );
    expect(whole).toEqual(alone);
    const results = (await asked).map((result) => (result.status === "fulfilled" ? "done" : result.reason));
    expect(results[0]).toMatchObject({ code: "engine/bad_max_tokens", details: { request: 1 } });
    expect(results.slice(1)).toEqual([new Error("the reader is gone"), new Error("enough"), "done"]);
  });

  it("wait where the memory does not do for them, and behind a call of another kind", async () => {
    const engine = await open(small(), { memoryBytes: 2 * 40 * 2 * 2 * 1 * 16 * 4 });
    const [alone, shortAlone] = [await engine.generate([long]), await engine.generate([short])];
    const full = await meanwhile(engine, () => engine.generate([long]));
    expect([full.whole, await full.asked]).toEqual([alone, alone]);
    const other = small({ rms_norm_eps: 0.5 });
    const otherAlone = await (await open(other)).generate([short]);
    const { whole, asked } = await meanwhile(engine, () => {
      const loading = engine.load(other);
      return Promise.all([loading, engine.generate([short])]);
    });
    expect(whole).toEqual(alone);
    expect((await asked)[1]).toEqual(otherAlone);
    await engine.load(small());
    expect(await engine.generate([short])).toEqual(shortAlone);
  });

  it("go on when the first one is given up", async () => {
    const engine = await open(small());
    const shortAlone = await engine.generate([short]);
    const controller = new AbortController();
    const second = { asked: undefined as Promise<unknown> | undefined };
    const onToken = ({ ids }: { readonly ids: readonly number[] }): void => {
      if (ids.length !== 3) return;
      second.asked = engine.generate([short]);
      controller.abort(new Error("enough"));
    };
    await expect(engine.generate([{ ...long, onToken }], controller.signal)).rejects.toThrow("enough");
    expect(await second.asked).toEqual(shortAlone);
  });
});

describe("chatPrompt", () => {
  it("needs a template", async () => {
    const engine = await open(small());
    const asking = engine.chatPrompt([{ role: "user", content: "Hello" }]);
    await expect(asking).rejects.toMatchObject({ code: "model/no_chat_template" });
  });

  it("reads what the template writes, without adding special tokens", async () => {
    const template = "{% for m in messages %}{{ m.role }}: {{ m.content }}; {% endfor %}assistant:";
    const model = openFolderModel(join(DATA, "models/llama/chat"));
    const engine = await open({ ...model, sideTexts: new Map([["chat_template.jinja", template]]) });
    const ids = await engine.chatPrompt([{ role: "user", content: "Hello" }]);
    expect(ids.map(engine.spell).join("")).toBe("user: Hello; assistant:");
  });
});
