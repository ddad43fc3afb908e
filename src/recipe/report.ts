import type { CodedError } from "../base/errors.ts";
import { fixOf, type ProblemDetails, type ProblemName, recipeErrors } from "./errors.ts";
import type { Problem } from "./plan.ts";

/** Where something stands in a recipe. */
export interface Place {
  /** Keys and indices from the top, joined by dots; "" is the top. */
  readonly path: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
}

/** A value and where it stands. */
export interface Located<T> {
  readonly value: T;
  readonly place: Place;
}

/** Collects what is wrong with a recipe. */
export interface Report {
  /** Notes a problem that stands in the way of the merge. The same problem at the same place is noted once and counted. */
  error<K extends ProblemName>(name: K, place: Place, details: ProblemDetails<K>): void;
  /** Notes something doubtful. */
  warn<K extends ProblemName>(name: K, place: Place, details: ProblemDetails<K>): void;
  /** Notes an error that another layer raised. What follows the last semicolon of its sentence is the fix. */
  raised(error: CodedError, place: Place): void;
  /** How many errors were noted so far, those at the same place counted once. */
  errorCount(): number;
  /** Errors so far, in the order of the text. */
  problems(): readonly Problem[];
  warnings(): readonly Problem[];
}

interface Noted {
  readonly problem: Problem;
  times: number;
}

/** Starts an empty report. */
export function createReport(): Report {
  const errors = new Map<string, Noted>();
  const warnings = new Map<string, Noted>();
  const note = (into: Map<string, Noted>, problem: Problem): void => {
    const key = `${problem.code} ${problem.path} ${problem.line}:${problem.column}`;
    const noted = into.get(key);
    if (noted === undefined) into.set(key, { problem, times: 1 });
    else noted.times++;
  };
  const make = <K extends ProblemName>(name: K, place: Place, details: ProblemDetails<K>): Problem => {
    const raise = recipeErrors[name] as (d: ProblemDetails<K>) => CodedError;
    const { code, message } = raise(details);
    return { code, ...place, message, fix: fixOf(name, details) };
  };
  return {
    error: (name, place, details) => note(errors, make(name, place, details)),
    warn: (name, place, details) => note(warnings, make(name, place, details)),
    raised({ code, message }, place) {
      const [what, fix] = splitFix(message);
      note(errors, { code, ...place, message: what, fix });
    },
    errorCount: () => errors.size,
    problems: () => inTextOrder(errors),
    warnings: () => inTextOrder(warnings),
  };
}

function splitFix(sentence: string): [what: string, fix: string] {
  const at = sentence.lastIndexOf("; ");
  return at < 0 ? [sentence, "mend the file, or name another model"] : [sentence.slice(0, at), sentence.slice(at + 2)];
}

function inTextOrder(noted: ReadonlyMap<string, Noted>): Problem[] {
  return [...noted.values()]
    .map(({ problem, times }) =>
      times === 1 ? problem : { ...problem, message: `${problem.message} (and ${times - 1} more like it)` },
    )
    .toSorted((a, b) => a.line - b.line || a.column - b.column);
}
