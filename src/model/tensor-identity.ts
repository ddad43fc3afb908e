import type { Model } from "./model.ts";

/** Names a tensor's content: equal names mean equal bytes, in whichever models. Models that cannot tell stand for each of their tensors. */
export function tensorIdentity(model: Model, name: string): string {
  return model.tensorIdentity?.(name) ?? `${model.identity()} ${name}`;
}
