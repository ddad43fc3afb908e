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
  bad_variable: (d: { variable: string; low: number; high: number; start: number; whole: boolean }) =>
    `variable ${d.variable}: low ${d.low}, start ${d.start}, high ${d.high}; allowed: finite numbers with low < high and low <= start <= high${
      d.whole ? ", and bounds that are whole numbers" : ""
    }`,
  bad_condition: (d: { variable: string; on: string; equals: number }) =>
    `variable ${d.variable} has an effect only if ${d.on} is ${d.equals}; the condition must name a choice of the space and one of its values`,
});

/** Errors of a loop that uses an optimiser wrongly. */
export const optimBugs = defineErrors("optim", "bug", {
  wrong_answers: (d: { expected: readonly number[]; got: readonly number[] }) =>
    `answers are for candidates [${d.got.join(", ")}]; tell takes each of [${d.expected.join(", ")}] exactly once`,
});
