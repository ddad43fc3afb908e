/** What our engine can do beyond what every runner of models can. */

import type { GenerateRequest, Generation } from "../model/language-model.ts";
import type { Sampling } from "./sampling.ts";

/** A continuation to be written; greedy, unless `sampling` is there. */
export interface EngineRequest extends GenerateRequest {
  readonly sampling?: Sampling;
  /**
   * What the model probably writes. As far as it does, it is read many tokens at a time. The answer is that without a draft, but
   * where two tokens are equally probable to five digits. Only looked at for greedy requests without limits or reports.
   */
  readonly draft?: readonly number[];
  /** Whether end-of-sequence ids are written like any other. @default false */
  readonly ignoreEos?: boolean;
  /** Milliseconds after the call began at which the text ends where it is. */
  readonly timeLimitMs?: number;
  /** Ends this text where it is; the others go on. */
  readonly signal?: AbortSignal;
  /** How many of the most probable tokens are reported for each token, beside itself. @default nothing is reported */
  readonly alternatives?: number;
  /** Called after each new token. */
  readonly onToken?: (soFar: WrittenSoFar) => void;
}

/** A text under way. */
export interface WrittenSoFar {
  readonly ids: readonly number[];
  /** As `Generation.text`; the end of it may change with the next token, where a character is made of several. */
  readonly text: string;
  /** Of the newest token, where `alternatives` asks for it. */
  readonly logprobs: TokenLogprobs | undefined;
}

/** How probable a token was, by the model alone: temperature and penalties are left out. */
export interface TokenLogprobs {
  readonly id: number;
  /** Natural logarithm. */
  readonly logprob: number;
  /** The most probable tokens, the best first. */
  readonly top: readonly { readonly id: number; readonly logprob: number }[];
}

/** What was written. */
export interface EngineGeneration extends Generation {
  /** Tokens of the prompt that the model read. */
  readonly promptTokens: number;
  /** What ended the text before the model or the request's length did. */
  readonly cutShortBy?: "time" | "signal";
  /** Of each id, where `alternatives` asks for it. */
  readonly logprobs?: readonly TokenLogprobs[];
}
