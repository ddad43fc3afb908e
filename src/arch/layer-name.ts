/** A name cut at its layer number: `model.layers.3.mlp.up_proj.weight` is layer 3 of `model.layers` with ending `mlp.up_proj.weight`. */
export interface LayerName {
  /** Text before the layer's number, without the dot. */
  readonly tower: string;
  readonly layer: number;
  /** Text after the number, without the dot. */
  readonly ending: string;
}

/** Cuts a name at the first number between dots; undefined for tensors outside of all layers. */
export function parseLayerName(name: string): LayerName | undefined {
  const match = /^(.*?)\.(\d+)\.(.+)$/.exec(name);
  if (match === null) return undefined;
  const [, tower, digits, ending] = match as unknown as [string, string, string, string];
  return { tower, layer: Number(digits), ending };
}

/** The inverse of `parseLayerName`. */
export function formatLayerName({ tower, layer, ending }: LayerName): string {
  return `${tower}.${layer}.${ending}`;
}
