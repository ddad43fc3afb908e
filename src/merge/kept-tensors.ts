/** Merged tensors that are kept for other merges with equal parameters on a group of layers. */

import type { ByteCache, ReuseCount } from "../base/byte-cache.ts";
import type { Model } from "../model/model.ts";
import { tensorIdentity } from "../model/tensor-identity.ts";
import { byteLength } from "../tensor/dtype.ts";
import { elementCount } from "../tensor/shape.ts";

/** Hands out models whose tensors are shared. */
export interface KeptTensors {
  /**
   * Returns a model with the same content, which takes over the given one; its tensors are read from that one whole,
   * once. Of a model that the cache cannot hold nothing is kept: the next one would ask for what it had pushed out.
   */
  wrap(model: Model): Model;
  /** Counts bytes that somebody had and did not read. */
  readonly countFound: (bytes: number) => void;
  /** Bytes since the beginning, those of models that the cache cannot hold too. */
  readonly count: ReuseCount;
}

/** Shares tensors through a cache. */
export function createKeptTensors(cache: ByteCache): KeptTensors {
  const count = { asked: 0, found: 0 };
  const take = (model: Model, name: string, sizeBytes: number): Uint8Array => {
    const key = `tensor ${tensorIdentity(model, name)}`;
    const held = cache.get(key) as Uint8Array | undefined;
    count.asked += sizeBytes;
    if (held !== undefined) {
      count.found += sizeBytes;
      return held;
    }
    const bytes = new Uint8Array(sizeBytes);
    model.read(name, 0, bytes);
    cache.set(key, bytes, sizeBytes);
    return bytes;
  };
  const withoutCache = (model: Model): Model => ({
    ...model,
    read(name, startByte, into) {
      count.asked += into.length;
      model.read(name, startByte, into);
    },
  });
  return {
    count,
    countFound(bytes) {
      count.asked += bytes;
      count.found += bytes;
    },
    wrap(model) {
      const sizeOf = (name: string): number => {
        const { dtype, shape } = model.tensors.get(name)!;
        return byteLength(dtype, elementCount(shape));
      };
      const total = [...model.tensors.keys()].reduce((sum, name) => sum + sizeOf(name), 0);
      if (total > cache.maxBytes) return withoutCache(model);
      let last: { readonly name: string; readonly bytes: Uint8Array } | undefined;
      return {
        ...model,
        read(name, startByte, into) {
          if (last?.name !== name) last = { name, bytes: take(model, name, sizeOf(name)) };
          into.set(last.bytes.subarray(startByte, startByte + into.length));
        },
      };
    },
  };
}
