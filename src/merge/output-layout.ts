import { closeSync, ftruncateSync, openSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { layoutSafetensors } from "../format/safetensors.ts";
import { formatShardIndex, INDEX_FILE, splitShards } from "../format/shard-index.ts";
import type { PlannedTensor } from "../recipe/plan.ts";

/** Where every byte of a merge's weight files will be, before any of them is computed. */
export interface OutputLayout {
  readonly shards: readonly Shard[];
  /** By tensor name: the index of its shard, and where in the file its bytes begin. */
  readonly places: ReadonlyMap<string, { readonly file: number; readonly offset: number }>;
  /** Content of model.safetensors.index.json; undefined when there is one shard. */
  readonly index: string | undefined;
  /** Bytes of tensor data. */
  readonly dataBytes: number;
  /** Bytes of all weight files. */
  readonly totalBytes: number;
}

interface Shard {
  readonly file: string;
  /** Length, header and padding. */
  readonly head: Uint8Array;
  readonly sizeBytes: number;
}

/**
 * Lays out the weight files of a merge.
 *
 * @param tensors - in the order in which they are dealt to shards.
 * @param maxShardBytes - a shard is closed before it would pass this; 0 means never.
 */
export function layOutOutput(tensors: readonly PlannedTensor[], maxShardBytes: number): OutputLayout {
  const split = splitShards(tensors, maxShardBytes);
  const places = new Map<string, { file: number; offset: number }>();
  let dataBytes = 0;
  const shards = split.map(({ fileName, tensors: members }, index) => {
    const layout = layoutSafetensors(members);
    for (const { name, beginByte, endByte } of layout.tensors) {
      places.set(name, { file: index, offset: beginByte });
      dataBytes += endByte - beginByte;
    }
    return { file: fileName, head: layout.head, sizeBytes: layout.sizeBytes };
  });
  const totalBytes = shards.reduce((sum, shard) => sum + shard.sizeBytes, 0);
  const index = shards.length > 1 ? formatShardIndex(split) : undefined;
  return { shards, places, index, dataBytes, totalBytes };
}

/** Creates the weight files at their final sizes, with their headers, and the shard index. */
export function allocateOutput(folder: string, layout: OutputLayout): void {
  for (const { file, head, sizeBytes } of layout.shards) {
    const handle = openSync(join(folder, file), "w");
    try {
      ftruncateSync(handle, sizeBytes);
      writeSync(handle, head, 0, head.length, 0);
    } finally {
      closeSync(handle);
    }
  }
  if (layout.index !== undefined) writeFileSync(join(folder, INDEX_FILE), layout.index);
}
