/**
 * What a running model can do, whoever runs it: our engine, a server, a test.
 *
 * Requests may come in any number; batching is the runner's business. Results are in the order of the requests, and do
 * not depend on what else was asked in the same call.
 */

/** A text, which the runner tokenises as the model's tokenizer does by default (with BOS where it adds one), or ids as they are. */
export type Prompt = string | readonly number[];

/** Settings of random choice, with transformers' meanings. */
export interface SamplingRequest {
  /** Divides the logits; 0 takes the largest. @default 1 */
  readonly temperature?: number;
  /** Only the so many largest logits; 0 keeps all. @default 0 */
  readonly topK?: number;
  /** Only the most probable tokens that together have at least this probability, above 0. @default 1 */
  readonly topP?: number;
  /** Equal seeds give equal texts of our engine; other runners may know no seeds. @default 0 */
  readonly seed?: number;
}

/** One continuation to be written; greedy, unless `sampling` is there. */
export interface GenerateRequest {
  readonly prompt: Prompt;
  /** At most this many new tokens. */
  readonly maxTokens: number;
  /** Stop strings; the text ends before the first of them. End-of-sequence ids of the model always stop. */
  readonly until: readonly string[];
  /**
   * What happens when prompt and new tokens do not fit into the context together. "stop": the text ends where the
   * context does. "cut": the prompt loses tokens on its left until there is room for `maxTokens`, as
   * lm-evaluation-harness does.
   *
   * @default "stop"
   */
  readonly overflow?: "stop" | "cut";
  readonly sampling?: SamplingRequest;
}

/** What was written. */
export interface Generation {
  /** Without special tokens and without the stop string. */
  readonly text: string;
  /** New token ids as generated, with the end-of-sequence id if there was one. */
  readonly ids: readonly number[];
  readonly stoppedBy: "eos" | "until" | "length" | "context";
  /** Whether the prompt lost tokens on its left to fit the model. */
  readonly truncated: boolean;
}

/** A continuation whose probability is asked for. */
export interface ScoreRequest {
  readonly context: Prompt;
  readonly continuation: Prompt;
  /**
   * Whether the continuation is a whole text, which is tokenised as a prompt is and scored after the start token; the
   * context is not looked at. A text longer than the model's context is scored in windows, each of which begins one
   * token before the first that is not scored yet.
   *
   * @default false
   */
  readonly rolling?: boolean;
  /**
   * What happens to texts longer than the model's context. "cut": the context loses tokens on its left, as
   * lm-evaluation-harness does. "stretch": so too, unless the model's rotations grow with the text, which is read whole then.
   *
   * @default "cut"
   */
  readonly overflow?: "cut" | "stretch";
}

/** How probable a continuation is. */
export interface ContinuationScore {
  /** Sum over the continuation's tokens of the natural log-probability. */
  readonly logprob: number;
  /** Whether every token of it is what greedy decoding would give. */
  readonly greedy: boolean;
  /** Tokens of the continuation. */
  readonly tokens: number;
  /** Whether the context lost tokens on its left to fit the model. */
  readonly truncated: boolean;
}

/** A model that runs. */
export interface LanguageModel {
  generate(requests: readonly GenerateRequest[], signal?: AbortSignal): Promise<readonly Generation[]>;
  score(requests: readonly ScoreRequest[], signal?: AbortSignal): Promise<readonly ContinuationScore[]>;
  /** Frees weights and sessions. */
  [Symbol.asyncDispose](): Promise<void>;
}
