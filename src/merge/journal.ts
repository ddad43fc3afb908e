/**
 * Which tensors of an unfinished merge are already in place, so that `--resume` can go on.
 *
 * A text file: the first line says which merge it belongs to, each further line names a finished tensor. A line is
 * written only after the tensor's bytes were; a line cut short by a crash does not count.
 */

import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { mergeErrors } from "./errors.ts";
import type { TensorOutcome } from "./merge-worker.ts";
import { writing } from "./write-errors.ts";

/** The record of one merge under way. */
export interface Journal {
  /** Finished tensors by name. */
  readonly done: ReadonlyMap<string, TensorOutcome>;
  /** Writes what is known; before anything is appended. */
  begin(): void;
  append(tensor: string, outcome: TensorOutcome): void;
  remove(): void;
}

/**
 * Opens the journal of a merge.
 *
 * @param keyOf - returns whatever decides the bytes of the output; a journal with another key is of another merge. Called
 * when it is needed: it takes a while to make.
 * @param resume - whether an existing journal is continued; otherwise a new one is begun.
 * @throws merge/nothing_to_resume, merge/resume_differs
 */
export function openJournal(path: string, keyOf: () => string, resume: boolean): Journal {
  const done = new Map<string, TensorOutcome>();
  if (resume) {
    if (!existsSync(path)) throw mergeErrors.nothing_to_resume({ path });
    readEntries(path, keyOf(), done);
  }
  return {
    done,
    begin() {
      const key = keyOf();
      const entries = [...done].map(([tensor, outcome]) => line({ tensor, outcome }));
      // Rewritten whole, so that a last line cut short does not swallow the next one.
      writing(path, () => writeFileSync(path, [line({ key }), ...entries].join("")));
    },
    append(tensor, outcome) {
      writing(path, () => appendFileSync(path, line({ tensor, outcome })));
      done.set(tensor, outcome);
    },
    remove: () => rmSync(path, { force: true }),
  };
}

function line(entry: object): string {
  return `${JSON.stringify(entry)}\n`;
}

function readEntries(path: string, key: string, done: Map<string, TensorOutcome>): void {
  const [first, ...rest] = readFileSync(path, "utf8").split("\n");
  if (first !== JSON.stringify({ key })) throw mergeErrors.resume_differs({ path });
  // What follows the last line end was cut short.
  for (const text of rest.slice(0, -1)) {
    const { tensor, outcome } = JSON.parse(text) as { tensor: string; outcome: TensorOutcome };
    done.set(tensor, outcome);
  }
}
