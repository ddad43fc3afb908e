import { CodedError } from "../../src/base/errors.ts";
import { createRandom, type Random } from "../../src/base/philox.ts";

/** How many files were accepted, and how many refused, by code. */
export type FuzzOutcome = Readonly<Record<string, number>>;

/** What is fuzzed. */
export interface FuzzTarget {
  /** Makes a damaged file. */
  readonly create: (random: Random) => Uint8Array;
  /** Parses it, and checks what a caller may rely on. Throws for files that are refused, and for findings. */
  readonly accept: (file: Uint8Array) => void;
}

/**
 * Parses damaged files; equal arguments give equal files.
 *
 * @throws Error for anything but a coded error of the input, with the seed and the number that repeat it
 */
export function fuzzFiles({ create, accept }: FuzzTarget, seed: number, count: number): FuzzOutcome {
  const outcome: Record<string, number> = {};
  for (let i = 0; i < count; i++) {
    const file = create(createRandom({ seed, counter: i * 2 ** 20 }));
    const what = tryFile(accept, file, `finding: seed ${seed}, file ${i}`);
    outcome[what] = (outcome[what] ?? 0) + 1;
  }
  return outcome;
}

function tryFile(accept: FuzzTarget["accept"], file: Uint8Array, place: string): string {
  try {
    accept(file);
    return "accepted";
  } catch (error) {
    if (error instanceof CodedError && error.blame === "input") return error.code;
    throw new Error(place, { cause: error });
  }
}
