import { defineErrors } from "../base/errors.ts";

/** What can go wrong while a plan is carried out and the user can mend. */
export const mergeErrors = defineErrors("merge", "input", {
  output_exists: (d: { path: string }) => `${d.path}: exists already; choose another folder or pass --overwrite`,
  output_not_folder: (d: { path: string }) =>
    `${d.path}: is a file, and the output of a merge is a folder; choose another path`,
  output_is_input: (d: { path: string; model: string }) =>
    `${d.path}: is also an input (${d.model}), which the merge would replace while reading it; choose another folder`,
  not_finite: (d: { tensors: readonly string[]; count: number }) =>
    `${d.count} merged values are infinite or not a number, in ${d.tensors.join(", ")}; ` +
    "look for weights that sum to 0, a dtype that overflows, or a damaged input",
  buffers_differ: (d: { tensor: string; models: readonly string[] }) =>
    `tensor "${d.tensor}" holds integers that differ between ${d.models.join(" and ")}, and integers cannot be merged; ` +
    "use models that share it",
  nothing_to_resume: (d: { path: string }) =>
    `${d.path}: there is no unfinished merge to resume; run again without --resume`,
  resume_differs: (d: { path: string }) =>
    `${d.path}: the unfinished merge there was of another recipe, seed, shard size or inputs; ` +
    "run again without --resume to start anew",
  input_changed: (d: { path: string }) =>
    `${d.path}: changed while it was merged, so the result would mix two versions; merge again when it stays as it is`,
  bad_lock: (d: { path: string; why: string }) =>
    `${d.path}: is not a merge that can be repeated: ${d.why}; name a folder that merganser merged, with its lock and recipe`,
  output_wrong: (d: { path: string; what: string }) => `${d.path}: the written checkpoint is wrong: ${d.what}`,
});

/** What can go wrong while a plan is carried out and the machine's owner can mend. */
export const machineErrors = defineErrors("merge", "environment", {
  disk_full: (d: { path: string; needBytes: number; freeBytes: number }) =>
    `${d.path}: the merge needs ${d.needBytes} bytes and the disk has ${d.freeBytes} left; free some space`,
  disk_filled: (d: { path: string }) => `${d.path}: the disk became full; free some space and run again with --resume`,
  write_failed: (d: { path: string; why: string }) =>
    `${d.path}: cannot be written (${d.why}); check the folder's permissions and its disk`,
  busy: (d: { path: string; pid: number }) =>
    `${d.path}: process ${d.pid} is writing there now; wait for it, or choose another folder`,
  memory_too_small: (d: { memoryBytes: number; leastBytes: number; threads: number }) =>
    `--memory: ${d.memoryBytes} bytes are too few for ${d.threads} threads; ` +
    `allow at least ${d.leastBytes}, or use fewer threads`,
  worker_died: (d: { message: string }) => `a worker thread ended early: ${d.message}`,
  interrupted: (d: { path: string }) => `${d.path}: interrupted; run again with --resume to go on`,
});
