import { type Command, Option } from "commander";
import { wholeNumber } from "./options.ts";

/** Options of `mergekit-yaml` that need nothing here, and why: pasted commands run, and say so. */
const WITHOUT_EFFECT: Readonly<Record<string, string>> = {
  "--copy-tokenizer": "tokenizer files are always copied",
  "--lazy-unpickle": "checkpoints of torch are always read lazily, and nothing in them is run",
  "--clone-tensors": "tensors that are used twice are written twice anyway",
  "--async-write": "writing never waits for other work anyway",
  "--write-threads <n>": "writing never waits for other work anyway",
  "--write-model-card": "a model card is always written",
  "--safe-serialization": "merges are always written as safetensors",
  "--trust-remote-code": "code of models is never run",
  "--cuda": "merges run on the processor",
  "--device <name>": "merges run on the processor",
  "--low-cpu-memory": "merges run on the processor; --memory bounds what they take",
  "--read-to-gpu": "merges run on the processor",
  "--multi-gpu": "merges run on the processor",
  "--gpu-rich": "merges run on the processor",
  "--transformers-cache <dir>": "models of the hub lie in its own cache (HF_HOME)",
  "--lora-merge-cache <dir>": "adapters are merged while they are read",
  "--lora-merge-dtype <type>": "adapters are merged in float32 and rounded once",
  "--quiet": "progress goes to standard error",
  "-v": "problems are always told in full",
};

/** What `-j` of mergekit leaves among a command's flags: as `--threads`. */
export interface MergekitThreads {
  readonly numThreads?: number;
}

/** Lets a command of merging take what people paste after `mergekit-yaml`. They are not in its help. */
export function addMergekitOptions(command: Command): Command {
  const names = Object.keys(WITHOUT_EFFECT);
  const threads = new Option("-j, --num-threads <n>").argParser(wholeNumber("--num-threads", 1));
  return [...names.map((name) => new Option(name)), threads].reduce(
    (known, option) => known.addOption(option.hideHelp()),
    command,
  );
}

/** The flags with `-j` taken for `--threads`, unless both are given. */
export function withThreads<F extends MergekitThreads & { readonly threads?: number }>(flags: F): F {
  return flags.numThreads === undefined ? flags : { threads: flags.numThreads, ...flags };
}

/** One line for each option of mergekit that was given and has no effect here. */
export function mergekitNotes(command: Command): readonly string[] {
  return command.options
    .filter(({ flags }) => Object.hasOwn(WITHOUT_EFFECT, flags))
    .filter((option) => command.getOptionValueSource(option.attributeName()) === "cli")
    .map(({ flags }) => `${flags.split(" ")[0]} has no effect: ${WITHOUT_EFFECT[flags]}`);
}
