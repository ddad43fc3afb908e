import { canonicalJson, type Json } from "../base/canonical-json.ts";
import { sha256 } from "../base/hash.ts";
import type {
  ContinuationScore,
  GenerateRequest,
  Generation,
  LanguageModel,
  ScoreRequest,
} from "../model/language-model.ts";

/** Where answers are kept; `store/` has the real one. */
export interface KnownAnswers {
  read(model: string, requests: readonly string[]): ReadonlyMap<string, Json>;
  write(model: string, answers: ReadonlyMap<string, Json>): void;
}

/** What a remembering model is made of. */
export interface RememberingParts {
  /** Stands for everything but the request that an answer depends on: the model's content, and what runs it. */
  readonly identity: string;
  readonly answers: KnownAnswers;
  /** Makes the model ready; called when an answer is not known, and once. */
  readonly open: () => Promise<LanguageModel>;
}

/** A model that is asked nothing twice. */
export interface RememberingModel extends LanguageModel {
  /** Requests that were answered without the model so far. */
  readonly remembered: number;
}

/**
 * Wraps a model so that requests whose answers are known, from this run or an earlier one, do not reach it; where all
 * are known it is not even opened. Equal requests of one call reach it once.
 */
export function createRememberingModel({ identity, answers, open }: RememberingParts): RememberingModel {
  let opened: Promise<LanguageModel> | undefined;
  let remembered = 0;
  const ask = async <R extends object, A>(
    kind: string,
    requests: readonly R[],
    { run, form }: { run: (model: LanguageModel, missing: readonly R[]) => Promise<readonly A[]>; form: Form<A> },
  ): Promise<readonly A[]> => {
    const keys = requests.map((request) => sha256(canonicalJson([kind, request as unknown as Json])));
    const known = new Map<string, A>();
    for (const [key, stored] of answers.read(identity, [...new Set(keys)])) known.set(key, form.read(stored));
    const missing = new Map(keys.flatMap((key, i) => (known.has(key) ? [] : [[key, requests[i]!] as const])));
    remembered += requests.length - missing.size;
    if (missing.size > 0) {
      opened ??= open();
      const fresh = await run(await opened, [...missing.values()]);
      for (const [i, key] of [...missing.keys()].entries()) known.set(key, fresh[i]!);
      answers.write(identity, new Map([...missing.keys()].map((key) => [key, form.write(known.get(key)!)])));
    }
    return keys.map((key) => known.get(key)!);
  };
  return {
    get remembered() {
      return remembered;
    },
    generate: (requests: readonly GenerateRequest[], signal) =>
      ask("generate", requests, { run: (model, missing) => model.generate(missing, signal), form: GENERATIONS }),
    score: (requests: readonly ScoreRequest[], signal) =>
      ask("score", requests, { run: (model, missing) => model.score(missing, signal), form: SCORES }),
    [Symbol.asyncDispose]: async () => {
      // Whoever asked has the error of one that could not be opened.
      const model = await opened?.catch(() => undefined);
      await model?.[Symbol.asyncDispose]();
    },
  };
}

/** How answers are kept. */
interface Form<A> {
  write(answer: A): Json;
  read(stored: Json): A;
}

const GENERATIONS: Form<Generation> = {
  write: (answer) => ({ ...answer, ids: [...answer.ids] }),
  read: (stored) => stored as unknown as Generation,
};

/** JSON has no infinities and no NaN, which are texts there. */
const SCORES: Form<ContinuationScore> = {
  write: ({ logprob, ...rest }) => ({ ...rest, logprob: Number.isFinite(logprob) ? logprob : String(logprob) }),
  read: (stored) => {
    const { logprob, ...rest } = stored as unknown as ContinuationScore;
    return { ...rest, logprob: Number(logprob) };
  },
};
