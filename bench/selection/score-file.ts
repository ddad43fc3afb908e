/** Every item's outcome that a study measured, kept in a file of lines so that no study measures anything twice. */

import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import type { SplitName } from "../../src/evaluate/splits.ts";

/** Which outcome: a tree's name, a task, a split. */
export interface ScoreKey {
  readonly tree: string;
  readonly task: string;
  readonly split: SplitName;
}

/** A file of outcomes that grows by whole lines. */
export interface ScoreFile {
  /** Items in the order of the task's data: 1 solved, 0 not. */
  get(key: ScoreKey): readonly number[] | undefined;
  put(key: ScoreKey, values: readonly number[]): void;
  readonly size: number;
}

/**
 * Opens a file of lines `[tree, task, split, number of items, base64 of their bits]`; one that ends with .gz is only read.
 * A last line that was cut off counts as missing.
 */
export function openScoreFile(path: string): ScoreFile {
  const known = new Map<string, readonly number[]>();
  for (const line of readLines(path)) {
    const [tree, task, split, count, bits] = JSON.parse(line) as [string, string, string, number, string];
    known.set(`${tree} ${task} ${split}`, unpack(bits, count));
  }
  const nameOf = ({ tree, task, split }: ScoreKey): string => `${tree} ${task} ${split}`;
  return {
    get: (key) => known.get(nameOf(key)),
    put(key, values) {
      known.set(nameOf(key), values);
      const line = JSON.stringify([key.tree, key.task, key.split, values.length, pack(values)]);
      if (!path.endsWith(".gz")) appendFileSync(path, `${line}\n`);
    },
    get size() {
      return known.size;
    },
  };
}

function readLines(path: string): readonly string[] {
  if (!existsSync(path)) return [];
  const bytes = readFileSync(path);
  const text = (path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString();
  return text.split("\n").filter((line) => line.endsWith("]"));
}

function pack(values: readonly number[]): string {
  const bytes = new Uint8Array(Math.ceil(values.length / 8));
  for (const [i, value] of values.entries()) if (value > 0.5) bytes[i >> 3]! |= 1 << (i & 7);
  return Buffer.from(bytes).toString("base64");
}

function unpack(bits: string, count: number): readonly number[] {
  const bytes = Buffer.from(bits, "base64");
  return Array.from({ length: count }, (_, i) => (bytes[i >> 3]! >> (i & 7)) & 1);
}
