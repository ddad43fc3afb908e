import { describe, expect, it } from "vitest";
import { generateModel, LLAMA_CONFIG, LLAMA_SHAPES } from "../../test/generated-model.ts";
import { createPlainKernels } from "../kernels/create-plain-kernels.ts";
import { createDraftBook, readableDraft } from "./drafts.ts";
import { openEngine } from "./engine.ts";

const REQUEST = { prompt: [1, 2], maxTokens: 8, until: [] };

describe("readableDraft", () => {
  it("leaves the last token out, and what does not fit", () => {
    expect(readableDraft({ ...REQUEST, draft: [5, 6, 7] }, 8)).toEqual([5, 6]);
    expect(readableDraft({ ...REQUEST, draft: [5, 6, 7] }, 2)).toEqual([5]);
    expect(readableDraft({ ...REQUEST, draft: [5] }, 8)).toBeUndefined();
  });

  it("is nothing for a request that is drawn at random or watched", () => {
    expect(readableDraft({ ...REQUEST, draft: [5, 6, 7], sampling: {} }, 8)).toBeUndefined();
    expect(readableDraft({ ...REQUEST, draft: [5, 6, 7], onToken: () => {} }, 8)).toBeUndefined();
  });
});

describe("drafts", () => {
  const prompts = [[1, 7, 3], [4], [9, 9, 2, 6, 5, 11], [8, 1]];
  const requests = prompts.map((prompt) => ({ prompt, maxTokens: 7, until: [], ignoreEos: true }));

  it("change no answer, whether they are right, wrong, or right at first", async () => {
    const model = generateModel(LLAMA_CONFIG, LLAMA_SHAPES);
    await using engine = await openEngine(model, { kernels: createPlainKernels(2 ** 23), threads: 1 });
    const plain = await engine.generate(requests);
    for (const right of [7, 0, 3]) {
      const drafted = requests.map((request, i) => {
        const draft = plain[i]!.ids.map((id, t) => (t < right ? id : (id + 1) % 28));
        return { ...request, draft };
      });
      expect(await engine.generate(drafted)).toEqual(plain);
    }
  });

  it("are what the recorded model answered to the same request", async () => {
    const seen: unknown[] = [];
    const model = {
      generate: async (asked: readonly object[]) => {
        seen.push(...asked);
        return asked.map(() => ({ text: "", ids: [4, 5], stoppedBy: "length" as const, truncated: false }));
      },
      score: async () => [],
      [Symbol.asyncDispose]: async () => {},
    };
    const book = createDraftBook();
    await book.record(model).generate([REQUEST]);
    await book.use(model).generate([REQUEST, { ...REQUEST, maxTokens: 3 }, { ...REQUEST, sampling: {} }]);
    expect(seen.slice(1)).toEqual([
      { ...REQUEST, draft: [4, 5] },
      { ...REQUEST, maxTokens: 3 },
      { ...REQUEST, sampling: {} },
    ]);
  });
});
