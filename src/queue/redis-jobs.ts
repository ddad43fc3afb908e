/** What askers and workers agree on. */

/** The one queue of a Redis database; workers take the work of every run. */
export const QUEUE_NAME = "merganser";

/** How often work is tried that fails for a reason that may pass. */
export const MOST_TRIES = 3;

/** Makes a refusal the progress of a job, where the asker sees it. */
export function refusalProgress(reason: string): { readonly refusal: string } {
  return { refusal: reason };
}

/** Reads a refusal off a job's progress. */
export function refusalOf(progress: unknown): string | undefined {
  if (typeof progress !== "object" || progress === null || !("refusal" in progress)) return undefined;
  return typeof progress.refusal === "string" ? progress.refusal : undefined;
}
