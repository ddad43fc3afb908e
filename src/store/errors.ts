import { defineErrors } from "../base/errors.ts";

/** Errors of run stores that the user can mend by choosing another file or waiting. */
export const storeErrors = defineErrors("store", "input", {
  foreign: (d: { path: string; found: string }) =>
    `${d.path}: this is ${d.found}, not a run of merganser; choose another folder, or remove the file`,
  newer_version: (d: { path: string; found: number; supported: number }) =>
    `${d.path}: the run was written in format ${d.found} by a newer merganser; this one reads up to ${d.supported}, so update it`,
});

/** Errors of run stores that come from the machine. */
export const storeFaults = defineErrors("store", "environment", {
  in_use: (d: { path: string; pid: number | undefined }) =>
    `${d.path}: the run is being written by process ${d.pid ?? "of unknown number"}; wait for it, or stop it and resume`,
  corrupt: (d: { path: string; reason: string }) =>
    `${d.path}: the run's database is damaged (${d.reason}); restore it from a copy, or start a new run in another folder`,
  cannot_open: (d: { path: string; reason: string }) =>
    `${d.path}: the run's database cannot be opened (${d.reason}); check that the folder exists and can be written`,
  cannot_write: (d: { path: string; reason: string }) =>
    `${d.path}: the run's database cannot be written (${d.reason}); free disk space or mend the disk, then resume`,
});

/** Misuse by our own code. */
export const storeBugs = defineErrors("store", "bug", {
  not_json: (d: { at: string; got: string }) => `${d.at}: ${d.got} has no form in JSON, so it cannot be stored`,
});
