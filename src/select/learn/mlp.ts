import { createRandom, type Random } from "../../base/philox.ts";
import type { Regressor } from "./regressor.ts";

/** Weights of a network, layer by layer: [out][in + 1], the bias last. */
interface MlpState {
  readonly layers: readonly (readonly (readonly number[])[])[];
  /** What targets were shifted and divided by. */
  readonly mean: number;
  readonly scale: number;
}

/** Settings of a network. */
export interface MlpSettings {
  readonly hidden: readonly number[];
  readonly epochs: number;
  readonly rate: number;
  /** Shrinks weights in each step, as a share of the rate. */
  readonly decay: number;
  readonly seed: number;
}

type Layers = number[][][];

/** A small network with ReLU between its layers, trained by Adam on all examples at once. The same seed gives the same network. */
export function mlp(settings: MlpSettings): Regressor<MlpState> {
  return {
    name: `mlp(${settings.hidden.join("x")})`,
    fit(inputs, targets) {
      const mean = targets.reduce((sum, y) => sum + y, 0) / targets.length;
      const scale = Math.sqrt(targets.reduce((sum, y) => sum + (y - mean) ** 2, 0) / targets.length) || 1;
      const layers = train(
        inputs,
        targets.map((y) => (y - mean) / scale),
        settings,
      );
      return { layers, mean, scale };
    },
    predict: ({ layers, mean, scale }, input) => mean + scale * forward(layers, input).at(-1)![0]!,
  };
}

function train(inputs: readonly (readonly number[])[], targets: readonly number[], settings: MlpSettings): Layers {
  const { hidden, epochs, rate, decay, seed } = settings;
  const random = createRandom({ seed, counter: 0 });
  const sizes = [inputs[0]!.length, ...hidden, 1];
  const layers = sizes.slice(1).map((out, l) => startLayer(out, sizes[l]!, random));
  const zeros = (): Layers => layers.map((layer) => layer.map((row) => row.map(() => 0)));
  const [first, second] = [zeros(), zeros()];
  for (let epoch = 1; epoch <= epochs; epoch++) {
    const gradient = zeros();
    for (const [i, input] of inputs.entries()) addGradient(layers, input, targets[i]!, gradient);
    const [fix1, fix2] = [1 - 0.9 ** epoch, 1 - 0.999 ** epoch];
    for (const [l, layer] of layers.entries()) {
      for (const [o, row] of layer.entries()) {
        const [m, v] = [first[l]![o]!, second[l]![o]!];
        for (let k = 0; k < row.length; k++) {
          const g = gradient[l]![o]![k]! / inputs.length;
          m[k] = 0.9 * m[k]! + 0.1 * g;
          v[k] = 0.999 * v[k]! + 0.001 * g * g;
          row[k]! -= rate * (m[k]! / fix1 / (Math.sqrt(v[k]! / fix2) + 1e-8) + decay * row[k]!);
        }
      }
    }
  }
  return layers;
}

/** He's initialisation; biases are 0. */
function startLayer(out: number, width: number, random: Random): number[][] {
  return Array.from({ length: out }, () => [
    ...Array.from({ length: width }, () => random.nextNormal() * Math.sqrt(2 / Math.max(1, width))),
    0,
  ]);
}

/** Values after each layer, the last one without ReLU. */
function forward(layers: MlpState["layers"], input: readonly number[]): number[][] {
  const values: number[][] = [];
  let last: readonly number[] = input;
  for (const [l, layer] of layers.entries()) {
    const own = layer.map((row) => {
      let sum = row[last.length]!;
      for (let k = 0; k < last.length; k++) sum += row[k]! * last[k]!;
      return l < layers.length - 1 ? Math.max(0, sum) : sum;
    });
    values.push(own);
    last = own;
  }
  return values;
}

/** Adds the gradient of (output − target)² / 2. */
function addGradient(layers: Layers, input: readonly number[], target: number, gradient: Layers): void {
  const values = forward(layers, input);
  let errors = [values.at(-1)![0]! - target];
  for (let l = layers.length - 1; l >= 0; l--) {
    const below = l === 0 ? input : values[l - 1]!;
    for (const [o, error] of errors.entries()) {
      // Where a unit is silent, nothing is learned from this example.
      if (error === 0) continue;
      const own = gradient[l]![o]!;
      for (let k = 0; k < below.length; k++) own[k]! += error * below[k]!;
      own[below.length]! += error;
    }
    if (l > 0) errors = errorsBelow(layers[l]!, errors, below);
  }
}

/** What the units of a layer are to blame for, [out] → [in]; nothing where they are silent. */
function errorsBelow(layer: number[][], errors: readonly number[], values: readonly number[]): number[] {
  return values.map((value, k) => (value <= 0 ? 0 : errors.reduce((sum, error, o) => sum + error * layer[o]![k]!, 0)));
}
