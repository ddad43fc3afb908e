import type { Json } from "../base/canonical-json.ts";

/** Where a run's events and results are kept; `store/` has the real one. */
export interface EventStore {
  /**
   * Adds an event, and results with it: all of it, or nothing. Results that are already there stay.
   *
   * @param replaced - an earlier event that gets another payload in the same step.
   * @returns its number
   */
  appendEvent(
    kind: string,
    payload: Json,
    results?: readonly {
      readonly candidate: string;
      readonly task: string;
      readonly item: string;
      readonly result: Json;
    }[],
    replaced?: { readonly seq: number; readonly payload: Json },
  ): number;
  events(): readonly { readonly seq: number; readonly kind: string; readonly payload: Json }[];
  /** By item. */
  results(candidate: string, task: string): ReadonlyMap<string, Json>;
}
