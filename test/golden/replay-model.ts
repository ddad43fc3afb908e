import type {
  ContinuationScore,
  GenerateRequest,
  Generation,
  LanguageModel,
  ScoreRequest,
} from "../../src/model/language-model.ts";

/** A model that knows the answers to some requests by heart. Any other request is an error, which fails the test. */
export class ReplayModel implements LanguageModel {
  readonly #texts = new Map<string, string>();
  readonly #scores = new Map<string, Pick<ContinuationScore, "logprob" | "greedy">>();
  /** Sizes of the calls it got. */
  readonly calls: number[] = [];
  /** Everything it was asked to write. */
  readonly asked: GenerateRequest[] = [];

  /** Learns what it writes after a prompt. */
  learnText(prompt: string, text: string): this {
    this.#texts.set(prompt, text);
    return this;
  }

  /** Learns the log-probability of a continuation. */
  learnScore(context: string, continuation: string, score: Pick<ContinuationScore, "logprob" | "greedy">): this {
    this.#scores.set(JSON.stringify([context, continuation]), score);
    return this;
  }

  async generate(requests: readonly GenerateRequest[], signal?: AbortSignal): Promise<readonly Generation[]> {
    signal?.throwIfAborted();
    this.calls.push(requests.length);
    this.asked.push(...requests);
    return requests.map(({ prompt }) => {
      const text = known(this.#texts, String(prompt));
      return { text, ids: [], stoppedBy: "eos", truncated: false };
    });
  }

  async score(requests: readonly ScoreRequest[], signal?: AbortSignal): Promise<readonly ContinuationScore[]> {
    signal?.throwIfAborted();
    this.calls.push(requests.length);
    return requests.map(({ context, continuation }) => {
      const score = known(this.#scores, JSON.stringify([context, continuation]));
      return { ...score, tokens: 1, truncated: false };
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

function known<T>(answers: ReadonlyMap<string, T>, request: string): T {
  const answer = answers.get(request);
  if (answer === undefined) throw new Error(`the recorded run asked nothing like ${JSON.stringify(request)}`);
  return answer;
}
