import { defineErrors } from "../base/errors.ts";

/** What can be wrong with the address of a queue. */
export const queueErrors = defineErrors("queue", "input", {
  bad_url: (d: { got: string }) =>
    `"${d.got}" is no address of a queue; write redis://HOST:PORT, or rediss:// for an encrypted connection`,
});

/** What can go wrong with a queue that is there. */
export const queueFaults = defineErrors("queue", "environment", {
  unreachable: (d: { at: string; reason: string }) =>
    `${d.at}: the queue cannot be reached (${d.reason}); start a Redis server there, or mend the address`,
  work_lost: (d: { at: string; id: string; reason: string }) =>
    `${d.at}: no worker could finish a piece of work, ${d.id} (${d.reason}); see what ended the workers, memory perhaps, and resume`,
});
