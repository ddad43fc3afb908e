/** How a factor on the residual stream moves into the weights, so that a path with scales is an ordinary checkpoint. */

import type { DecoderShape } from "./decoder-shape.ts";
import { engineErrors } from "./errors.ts";

/**
 * Which tensors of a layer take the factor c by which a path has multiplied the residual stream so far. The stream is
 * kept divided by c, which norms do not see. Entries are parts of tensor names, as a recipe's `filter` takes them.
 */
export interface PathFolding {
  /** What is added to the stream, divided by c: output maps with their biases, or the norms behind them. */
  readonly divided: readonly string[];
  /** Maps that read the stream without a norm before them, multiplied by c. */
  readonly multiplied: readonly string[];
  /** Norms that read the stream: their weights (not their biases) take the sign of c. Undefined where weights cannot. */
  readonly signed: readonly string[] | undefined;
  /** The same for the norm after the last layer. */
  readonly finalNorm: string | undefined;
}

/**
 * Works out the folding of an architecture.
 *
 *     x = c·r:  norm(x) = sign(c) norm(r) up to ε;  x + f(norm x) = c (r + f(norm r)/c)
 *
 * @throws engine/no_path_folding where norms behind the layers' parts are stored less one.
 */
export function pathFolding({
  modules,
  block,
  architecture,
}: Pick<DecoderShape, "modules" | "block" | "architecture">): PathFolding {
  const { norm, isParallel } = block;
  const posts = [modules.attentionPostNorm, modules.mlpPostNorm];
  if (posts.some((post) => post !== undefined) && norm.offset !== 0)
    throw engineErrors.no_path_folding({ architecture: architecture.className });
  const experts = modules.experts;
  const divided = [
    ...partOf(posts[0] ?? modules.attentionOutput),
    ...(posts[1] === undefined
      ? [...partOf(modules.down), ...fusedPartOf(experts?.down), ...partOf(experts?.shared?.down)]
      : partOf(posts[1])),
  ];
  const readsMlpRaw = modules.mlpNorm === undefined && !isParallel;
  const readsAttentionRaw = modules.attentionNorm === undefined;
  const multiplied = [
    ...(readsAttentionRaw ? [modules.queryKeyValue, modules.query, modules.key, modules.value] : []),
    ...(readsMlpRaw ? [modules.gateUp, modules.gate, modules.up] : []),
  ];
  const norms = [modules.attentionNorm, modules.mlpNorm];
  return {
    divided,
    multiplied: multiplied.flatMap(partOf),
    signed: norm.offset === 0 ? norms.flatMap(partOf).map((part) => `${part}weight`) : undefined,
    finalNorm: norm.offset === 0 ? `${modules.finalNorm}.weight` : undefined,
  };
}

/** What follows the layer's number in a module's name, with the dots that keep it apart from longer names. */
function partOf(module: string | undefined): readonly string[] {
  if (module === undefined) return [];
  const [, part] = module.split("{layer}");
  return part === undefined ? [] : [`${part}.`];
}

/** The same for experts in one tensor, whose name ends with the module's. */
function fusedPartOf(module: string | undefined): readonly string[] {
  return partOf(module).map((part) => part.slice(0, -1));
}
