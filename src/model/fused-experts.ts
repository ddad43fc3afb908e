/**
 * Shows the per-expert weights of older mixture-of-experts checkpoints as the stacked tensors that transformers 5 uses.
 *
 *     gate_up_proj[e] = rows of expert e's gate, then rows of its up        [E, 2·F, C]
 *     down_proj[e]    = expert e's down                                     [E, C, F]
 *
 * Both are plain concatenations of the stored bytes, so nothing is copied: a stacked tensor is a list of parts.
 */

import type { StoredTensor } from "../format/safetensors.ts";
import { sameShape } from "../tensor/shape.ts";

interface ExpertNames {
  /** What is replaced in every tensor name first: [stored, becomes]. */
  readonly rename?: readonly [string, string];
  readonly gate: string;
  readonly up: string;
  readonly down: string;
}

const MIXTRAL: ExpertNames = { rename: [".block_sparse_moe.", ".mlp."], gate: "w1", up: "w3", down: "w2" };
const QWEN: ExpertNames = { gate: "gate_proj", up: "up_proj", down: "down_proj" };

/** By `model_type` of config.json. @source transformers 5, its table of checkpoint conversions */
const LAYOUTS: ReadonlyMap<string, ExpertNames> = new Map([
  ["mixtral", MIXTRAL],
  ["minimax", MIXTRAL],
  ["minimax_m2", MIXTRAL],
  ["qwen2_moe", QWEN],
  ["qwen3_moe", QWEN],
  ["qwen3_next", QWEN],
  ["deepseek_v2", QWEN],
  ["deepseek_v3", QWEN],
  ["dots1", QWEN],
  ["ernie4_5_moe", QWEN],
  ["exaone_moe", QWEN],
  ["flex_olmo", QWEN],
  ["glm4_moe", QWEN],
  ["glm4_moe_lite", QWEN],
  ["hunyuan_v1_moe", QWEN],
  ["longcat_flash", QWEN],
  ["olmoe", QWEN],
]);

/** A tensor of a model, made of stored tensors laid end to end. All parts of one have the same type and length. */
export interface PartedTensor<P extends StoredTensor> {
  readonly name: string;
  readonly dtype: P["dtype"];
  readonly shape: P["shape"];
  readonly parts: readonly P[];
}

/**
 * Renames and stacks a checkpoint's tensors as its model type asks.
 *
 * Experts of a layer are stacked only if all three matrices are there for the same experts, more than one, with equal
 * types and shapes, and nothing else is stored per expert (scales of quantised weights); else they keep their own names.
 *
 * @param modelType - `model_type` of config.json; unknown types change nothing.
 * @returns in the order of the files, a stacked tensor where its first part stood.
 */
export function fuseExperts<P extends StoredTensor>(
  stored: readonly P[],
  modelType: string | undefined,
): readonly PartedTensor<P>[] {
  const names = LAYOUTS.get(modelType ?? "");
  const whole = stored.map((tensor): PartedTensor<P> => {
    const [from, to] = names?.rename ?? ["", ""];
    return { name: tensor.name.replaceAll(from, to), dtype: tensor.dtype, shape: tensor.shape, parts: [tensor] };
  });
  if (names === undefined) return whole;
  const stacks = groupExperts(whole).flatMap((group) => stackExperts(group, names));
  const stackAt = new Map(stacks.map((stack) => [stack.parts[0]!.name, stack]));
  const stacked = new Set(stacks.flatMap((stack) => stack.parts.map((part) => part.name)));
  return whole.flatMap((tensor) => {
    const name = tensor.parts[0]!.name;
    return stackAt.get(name) ?? (stacked.has(name) ? [] : tensor);
  });
}

/** The matrices of one layer's experts. */
interface ExpertGroup<P extends StoredTensor> {
  /** `model.layers.0.mlp.experts` */
  readonly prefix: string;
  /** In the order of the experts' numbers; each by the matrix's name: `w1.weight`. */
  readonly experts: readonly ReadonlyMap<string, P>[];
}

function groupExperts<P extends StoredTensor>(tensors: readonly PartedTensor<P>[]): ExpertGroup<P>[] {
  const matrices = tensors.flatMap(({ name, parts }) => {
    const match = /^(.*\.mlp\.experts)\.(\d+)\.(.+)$/.exec(name);
    return match === null ? [] : { prefix: match[1]!, expert: Number(match[2]), matrix: match[3]!, part: parts[0]! };
  });
  return [...Map.groupBy(matrices, (m) => m.prefix)].map(([prefix, ofLayer]) => {
    const byExpert = [...Map.groupBy(ofLayer, (m) => m.expert)].toSorted(([a], [b]) => a - b);
    return { prefix, experts: byExpert.map(([, own]) => new Map(own.map((m) => [m.matrix, m.part]))) };
  });
}

/** @returns `gate_up_proj` and `down_proj` of a layer, or nothing if its experts cannot be stacked. */
function stackExperts<P extends StoredTensor>(
  { prefix, experts }: ExpertGroup<P>,
  names: ExpertNames,
): PartedTensor<P>[] {
  const wanted = [names.gate, names.up, names.down].map((name) => `${name}.weight`) as [string, string, string];
  if (experts.length < 2 || !experts.every((own) => own.size === 3 && wanted.every((name) => own.has(name)))) return [];
  const [gates, ups, downs] = wanted.map((name) => experts.map((own) => own.get(name)!)) as [P[], P[], P[]];
  if (!areAlike([...gates, ...ups]) || !areAlike(downs)) return [];
  const stack = (name: string, shape: readonly number[], parts: readonly P[]): PartedTensor<P> => {
    return { name: `${prefix}.${name}`, dtype: parts[0]!.dtype, shape, parts };
  };
  const [rows, columns] = gates[0]!.shape as [number, number];
  const gateUps = gates.flatMap((gate, e) => [gate, ups[e]!]);
  return [
    stack("gate_up_proj", [experts.length, 2 * rows, columns], gateUps),
    stack("down_proj", [experts.length, ...downs[0]!.shape], downs),
  ];
}

function areAlike(tensors: readonly StoredTensor[]): boolean {
  const [first] = tensors;
  return tensors.every((t) => t.shape.length === 2 && t.dtype === first!.dtype && sameShape(t.shape, first!.shape));
}
