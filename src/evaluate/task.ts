import type { Item } from "./item.ts";
import type { PreparePrompt } from "./prompts.ts";
import type { Scoring } from "./scoring.ts";
import type { OutputType, TaskKeys } from "./task-keys.ts";

/** A task that can be evaluated: what is asked, how answers are scored, and where the items are. */
export interface Task {
  /** The `task` key; stands in results. */
  readonly name: string;
  /** What people read instead of the name. */
  readonly title: string;
  /** The task file, as it was given. */
  readonly path: string;
  readonly keys: TaskKeys;
  readonly outputType: OutputType;
  readonly scoring: Scoring;
  readonly prepare: PreparePrompt;
  /** The items of a split of the data files, in their order; empty for a split that is not there. Read once. */
  readonly readSplit: (name: string) => readonly Item[];
}
