/** The event log, in the folder of a run. */
export const STORE_FILE = "run.db";
