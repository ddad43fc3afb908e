import { defineErrors } from "../base/errors.ts";

/** Errors of optimiser settings and search spaces, all the user's to mend. */
export const optimErrors = defineErrors("optim", "input", {
  bad_setting: (d: { optimiser: string; setting: string; got: unknown; allowed: string }) =>
    `optimiser ${d.optimiser}: ${d.setting} is ${JSON.stringify(d.got)}; allowed: ${d.allowed}`,
  unknown_setting: (d: { optimiser: string; setting: string; known: readonly string[]; nearest: string | undefined }) =>
    `optimiser ${d.optimiser}: there is no setting "${d.setting}"${
      d.nearest === undefined ? `; known: ${d.known.join(", ")}` : `; did you mean "${d.nearest}"?`
    }`,
  empty_space: (d: { optimiser: string }) =>
    `optimiser ${d.optimiser}: the space has no variable; give at least one range to search`,
  bad_variable: (d: { variable: string; low: number; high: number; start: number }) =>
    `variable ${d.variable}: low ${d.low}, start ${d.start}, high ${d.high}; allowed: finite numbers with low < high and low <= start <= high`,
});

/** Errors of a loop that uses an optimiser wrongly. */
export const optimBugs = defineErrors("optim", "bug", {
  wrong_answers: (d: { expected: readonly number[]; got: readonly number[] }) =>
    `answers are for candidates [${d.got.join(", ")}]; tell takes each of [${d.expected.join(", ")}] exactly once`,
});
