import { defineErrors } from "../base/errors.ts";

/** What can be wrong with a command line or the files it names. */
export const cliErrors = defineErrors("cli", "input", {
  bad_usage: (d: { message: string }) => d.message,
  bad_number: (d: { option: string; got: string; allowed: string }) =>
    `${d.option}: "${d.got}" is not ${d.allowed}; write it in plain digits`,
  unreadable: (d: { path: string; reason: string }) => `${d.path}: cannot be read: ${d.reason}`,
  refused: (d: { recipe: string; count: number }) =>
    `${d.recipe}: the recipe has ${d.count} ${d.count === 1 ? "problem" : "problems"}, listed above`,
  bad_pairs: (d: { file: string; line: number; got: string }) =>
    `${d.file}:${d.line}: ${d.got}; each line is {"context", "continuation"} or {"context_ids", "continuation_ids"}`,
  not_a_run: (d: { path: string; problem: string }) => `${d.path} is not the folder of a finished run: ${d.problem}`,
  unknown_action: (d: { action: string; known: readonly string[] }) =>
    `there is no action "${d.action}"; use ${d.known.join(", ")}`,
  too_few_folders: (d: { needed: number; got: number }) =>
    `${d.needed} folders of runs are needed, and ${d.got} were given`,
  different_items: (d: { first: string; second: string }) =>
    `${d.first} and ${d.second} were not scored on the same holdout items, so they cannot be compared`,
  unknown_preset: (d: { preset: string; known: readonly string[] }) =>
    `there is no preset "${d.preset}"; known: ${d.known.join(", ")}`,
  run_exists: (d: { path: string }) =>
    `${d.path}: holds a run already; pass --resume to go on with it, or choose another --out`,
  bad_candidate: (d: { problems: readonly string[] }) =>
    `the candidate's recipe cannot be merged: ${d.problems.join("; ")}`,
  bad_map: (d: { got: string }) => `--map: "${d.got}" is not FROM=TO, two folders`,
  other_contents: (d: { path: string; what: string }) =>
    `${d.path}: this ${d.what} is not the one that the search has; copy it from there, or pass --map`,
  other_version: (d: { got: string }) =>
    `the search runs with ${d.got}, and this is another version; use the same on all machines`,
  no_run: (d: { path: string }) => `${d.path}: there is no run to resume; run again without --resume`,
});

/** What stopped a command that can go on. */
export const cliStops = defineErrors("cli", "environment", {
  interrupted: (d: { path: string }) => `${d.path}: interrupted; run the same command with --resume to go on`,
  stopped: (d: { what: string }) => `${d.what}: interrupted; nothing was written`,
});

/** Thrown by a command whose check did not hold, after it printed what it found. */
export class CheckFailed extends Error {}

/** A check that the user asked for and that did not hold: not an error of anybody's, but not a success either. */
export const CHECK_FAILED_EXIT = 1;

/** The usual exit code of a program that was interrupted. */
export const INTERRUPTED_EXIT = 130;
