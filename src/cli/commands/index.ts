/** Every command, in the order of `merganser --help`. A command's code is loaded only when it is called. */

import type { CliCommand } from "./command.ts";

/** A command in the registry. */
export interface CommandEntry {
  readonly name: string;
  /** One sentence for `merganser --help`. */
  readonly summary: string;
  readonly load: () => Promise<CliCommand>;
}

/** The registry: one entry for each command. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: "plan",
    summary: "check a recipe without reading weights: all problems at once, with line and fix",
    load: async () => (await import("./plan.ts")).plan,
  },
  {
    name: "merge",
    summary: "carry out a recipe and write a Hugging Face folder",
    load: async () => (await import("./merge.ts")).merge,
  },
  {
    name: "download",
    summary: "get models, or all models of a recipe, from the hub into the local cache",
    load: async () => (await import("./download.ts")).download,
  },
  {
    name: "replay",
    summary: "repeat a merge from its lock, and say whether it still gives the same bytes",
    load: async () => (await import("./replay.ts")).replay,
  },
  {
    name: "inspect",
    summary: "what is in a model: architecture, tensors, types, hashes and statistics",
    load: async () => (await import("./inspect.ts")).inspect,
  },
  {
    name: "diff",
    summary: "how two models differ: by tensor, layer and component",
    load: async () => (await import("./diff.ts")).diff,
  },
  {
    name: "eval",
    summary: "score a model, or a recipe that is not written, on task files",
    load: async () => (await import("./eval.ts")).evaluate,
  },
  {
    name: "compare",
    summary: "say which of several models or recipes is better on the same items, and how sure that is",
    load: async () => (await import("./compare.ts")).compare,
  },
  {
    name: "score",
    summary: "log-likelihood of continuations, for each context and continuation of a file",
    load: async () => (await import("./score.ts")).score,
  },
  {
    name: "generate",
    summary: "continue prompts with a model, or with a recipe that is not written",
    load: async () => (await import("./generate.ts")).generate,
  },
  {
    name: "serve",
    summary: "let chat clients talk to a model, or to a recipe that is not written, by OpenAI's interface",
    load: async () => (await import("./serve.ts")).serve,
  },
  {
    name: "evolve",
    summary: "search for a better recipe; scores parents and child on items the search never saw",
    load: async () => (await import("./evolve.ts")).evolve,
  },
  {
    name: "worker",
    summary: "evaluate candidates of searches that were given a queue, on this machine or another",
    load: async () => (await import("./worker.ts")).worker,
  },
  {
    name: "runs",
    summary: "list, show, compare and export finished searches",
    load: async () => (await import("./runs.ts")).runs,
  },
  {
    name: "bench-search",
    summary: "run presets at one budget of items with several seeds, and compare their children",
    load: async () => (await import("./bench-search.ts")).benchSearch,
  },
  {
    name: "kinship",
    summary: "compare all pairs of models by how they changed from their base",
    load: async () => (await import("./kinship.ts")).kinship,
  },
  {
    name: "breed",
    summary: "merge a pool of models generation by generation, and keep the lineage",
    load: async () => (await import("./breed.ts")).breed,
  },
  {
    name: "select",
    summary: "learn which merges are worth making; rank them, plan longer ones, make the next one",
    load: async () => (await import("./select.ts")).select,
  },
];
