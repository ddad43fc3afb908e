import { formBytes, type WeightForm } from "../engine/matrix-type.ts";
import type { Model } from "../model/model.ts";
import { cliErrors } from "./errors.ts";
import { size } from "./options.ts";

/** Ways to hold weights that compute the same. */
const EXACT_FORMS = ["float32", "stored"] as const;

/** Float32, or 16 bits as stored. */
export type ExactForm = (typeof EXACT_FORMS)[number];

/** A model that is in memory; without a size, caches are as large as the engine makes them. */
export interface ResidentHold {
  readonly form: ExactForm;
  readonly memoryBytes: number | undefined;
}

/** A model whose layers are read one after another. */
export interface StreamedHold {
  readonly form: "streamed";
  /** Of the whole process. */
  readonly memoryBytes: number;
}

/** What the user says of it. */
export interface HoldWishes {
  /** @default float32; where memory is bound, the first form that fits, else layer by layer */
  readonly weights?: ExactForm | undefined;
  /** Bytes that the whole process may take. @default the model is held whatever it takes */
  readonly bound?: number | undefined;
}

/** What an engine may take beside weights, keys and values. */
const BESIDE_WEIGHTS_BYTES = 300 * 2 ** 20;
/** With less for keys and values, layer by layer is the better way. */
export const LEAST_CACHE_BYTES = 32 * 2 ** 20;

/** What a bound on the process leaves for keys, values and intermediate results; negative where the weights do not fit. */
export function freeBytes(model: Model, form: WeightForm, bound: number): number {
  return bound - (formBytes(model, form) ?? bound) - BESIDE_WEIGHTS_BYTES;
}

/** Chooses how a model is held. Layer by layer, it scores but does not write. */
export function chooseHold(model: Model, { weights, bound }: HoldWishes): ResidentHold | StreamedHold {
  if (bound === undefined) return { form: weights ?? "float32", memoryBytes: undefined };
  for (const form of weights === undefined ? EXACT_FORMS : [weights]) {
    const memoryBytes = freeBytes(model, form, bound);
    if (memoryBytes >= LEAST_CACHE_BYTES) return { form, memoryBytes };
  }
  return { form: "streamed", memoryBytes: bound };
}

/** The wishes for a model beside which other things take so many bytes of the bound. */
export function wishesBeside(wishes: HoldWishes, sizeBytes: number): HoldWishes {
  return wishes.bound === undefined ? wishes : { ...wishes, bound: wishes.bound - sizeBytes };
}

/**
 * Says among a run's inputs how its models are held, so that results are not mixed; nothing for float32, which runs of earlier
 * versions took.
 */
export function heldAs(model: Model, wishes: HoldWishes): { readonly weights?: string } {
  const { form } = chooseHold(model, wishes);
  return form === "float32" ? {} : { weights: form };
}

/** `--memory` of commands that score candidates and write models. */
export const BOUND_OPTION = [
  "--memory <size>",
  "what the whole program may take, and candidates are held as fits (default: 1GiB for writing models, no bound for candidates)",
  size("--memory"),
  2 ** 30,
] as const;

/** Their `--weights`. */
export const FORM_OPTION = [
  "--weights <form>",
  "how candidates' weights are held: float32, or stored (16 bits, slower)",
  parseExactForm,
] as const;

/** Reads `--weights` of commands whose results are kept: rounded weights would give others. @throws cli/bad_usage */
function parseExactForm(text: string): ExactForm {
  const form = EXACT_FORMS.find((name) => name === text);
  if (form !== undefined) return form;
  throw cliErrors.bad_usage({ message: `--weights: "${text}" is none of ${EXACT_FORMS.join(", ")}` });
}
