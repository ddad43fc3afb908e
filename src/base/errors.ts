/**
 * The one way this project raises an error on purpose.
 *
 * Each area declares its errors once, as a table from a short name to the sentence a person will read. The table is
 * the documentation, the type of `details`, and the list of codes a test must cover.
 */

/** Whose move it is next: the user's, the machine's owner's, or ours. The CLI and the server map this, and only this. */
export type Blame = "input" | "environment" | "bug";

/** Where each kind of blame ends up. Nothing else in the project mentions an exit code or an HTTP status for an error. */
export const OUTCOME: Readonly<Record<Blame, { exit: number; status: number }>> = {
  input: { exit: 2, status: 422 },
  environment: { exit: 3, status: 503 },
  bug: { exit: 70, status: 500 },
};

/** The form of an error that survives `postMessage` and JSON; `structuredClone` alone would drop all but the message. */
export interface Wire {
  readonly code: string;
  readonly blame: Blame;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/**
 * An error with a stable `code` (`"area/name"`) and structured `details`.
 *
 * Code and details are API: tests and callers match on them. The message is for people and may be reworded at any time.
 */
export class CodedError extends Error {
  override readonly name = "CodedError";
  readonly code: string;
  readonly blame: Blame;
  readonly details: Readonly<Record<string, unknown>>;

  constructor({ code, blame, message, details }: Wire, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.blame = blame;
    this.details = details;
  }

  /** @returns the form that crosses threads and HTTP; `new CodedError(wire)` is its inverse. */
  toJSON(): Wire {
    return { code: this.code, blame: this.blame, message: this.message, details: this.details };
  }
}

type Wording = (details: never) => string;
type Maker<W extends Wording> = (details: Parameters<W>[0], cause?: unknown) => CodedError;

/** Turns a table of wordings into a table of error makers with the same keys. */
export function defineErrors<const T extends Record<string, Wording>>(
  area: string,
  blame: Blame,
  wordings: T,
): { readonly [K in keyof T]: Maker<T[K]> } {
  const makers = Object.entries(wordings).map(([name, wording]) => {
    const make: Maker<Wording> = (details, cause) =>
      new CodedError({ code: `${area}/${name}`, blame, message: wording(details), details }, cause);
    return [name, make] as const;
  });
  return Object.fromEntries(makers) as { readonly [K in keyof T]: Maker<T[K]> };
}

/**
 * Throws `base/invariant` (blame: bug) unless `condition` holds.
 *
 * @param what - the sentence that should have been true.
 */
export function invariant(condition: unknown, what: string): asserts condition {
  if (condition) return;
  throw new CodedError({
    code: "base/invariant",
    blame: "bug",
    message: `broken invariant: ${what}`,
    details: { what },
  });
}
