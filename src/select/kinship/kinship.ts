import type { TensorGroup } from "../tensor-group.ts";
import type { RowSums } from "./measure-piece.ts";
import { addRowSums, addTotals, NO_TOTALS, type PairTotals, totalsOf } from "./pair-totals.ts";
import { type Comparison, type LeftOut, type Piece, type Pool, planComparison } from "./plan-comparison.ts";
import { type Metric, similarity } from "./similarity.ts";

/** Totals of every pair, [n][n]; [j][i] is [i][j] with a and b exchanged. */
export type PairTable = readonly (readonly PairTotals[])[];

/** What one pass over the weights of a pool found. */
export interface Kinship {
  readonly models: readonly string[];
  /** Undefined: compared against the models' mean. */
  readonly base: string | undefined;
  readonly all: PairTable;
  /** By layer number; tensors outside of the layers are in none. */
  readonly layers: ReadonlyMap<number, PairTable>;
  /** By component, and by component and third of the depth: `mlp`, `mlp/0` to `mlp/2`. */
  readonly parts: ReadonlyMap<string, PairTable>;
  /** By tensor, only if asked for. */
  readonly tensors: ReadonlyMap<string, PairTable>;
  /** Tensors that models are not compared by. */
  readonly leftOut: readonly LeftOut[];
  /** Tensors in which a model holds infinities or NaN; they count in none of that model's pairs. */
  readonly notFinite: readonly { readonly model: string; readonly tensors: readonly string[] }[];
  /** Elements read of all models and the base. */
  readonly elements: number;
}

/** Measures pieces, in any order, and calls back with the place of each in the list. */
export type RunPieces = (pieces: readonly Piece[], onDone: (index: number, sums: RowSums) => void) => Promise<void>;

/** How kinship is measured. */
export interface KinshipRun extends Pool {
  readonly runPieces: RunPieces;
  /** Whether to keep the totals of every tensor. @default false */
  readonly perTensor?: boolean;
  /** Whether the changes of each tensor are rounded to eight bits first; its bytes are read twice then. @default false */
  readonly isRounded?: boolean;
  /** Called with the totals of each tensor, for pairs a ≤ b of models that hold no NaN in it. */
  readonly onTensor?: (a: number, b: number, totals: PairTotals) => void;
}

/**
 * Compares all pairs of models in one pass.
 *
 * The result does not depend on the order in which pieces are done.
 *
 * @throws those of `planComparison` and of `runPieces`
 * @complexity each byte of each model is read once; n² numbers for every tensor that is under way
 */
export async function measureKinship(run: KinshipRun): Promise<Kinship> {
  const { models, base, runPieces } = run;
  const comparison = planComparison({ models, base }, run.isRounded);
  const tables = new Tables(models.length, comparison, run);
  const waiting = new Map<number, RowSums>();
  let next = 0;
  await runPieces(comparison.pieces, (index, sums) => {
    waiting.set(index, sums);
    for (let ready = waiting.get(next); ready !== undefined; ready = waiting.get(next)) {
      waiting.delete(next);
      tables.add(comparison.pieces[next]!, ready);
      next++;
    }
  });
  const names = models.map((model) => model.name);
  return {
    models: names,
    base: base?.name,
    ...tables.finish(),
    leftOut: comparison.leftOut,
    notFinite: names
      .map((model, m) => ({ model, tensors: tables.notFinite[m]! }))
      .filter(({ tensors }) => tensors.length > 0),
    elements: comparison.tensors.reduce(
      (sum, { elements, available }) =>
        sum + (base === undefined ? 0 : elements) + available.reduce((a, b) => a + b, 0),
      0,
    ),
  };
}

/** Adds pieces up to tensors, and tensors up to parts. Pieces must come in order. */
class Tables {
  readonly notFinite: readonly string[][];
  readonly #count: number;
  readonly #comparison: Comparison;
  readonly #depth: number;
  readonly #perTensor: boolean;
  readonly #onTensor: KinshipRun["onTensor"];
  readonly #groups = new Map<string, PairTotals[][]>();
  #tensorSums: RowSums | undefined;

  constructor(count: number, comparison: Comparison, { perTensor = false, onTensor }: KinshipRun) {
    this.#count = count;
    this.#comparison = comparison;
    this.#perTensor = perTensor;
    this.#onTensor = onTensor;
    this.#depth = 1 + comparison.tensors.reduce((deepest, { group }) => Math.max(deepest, group.layer ?? 0), 0);
    this.notFinite = Array.from({ length: count }, () => []);
  }

  add(piece: Piece, sums: RowSums): void {
    const tensor = this.#comparison.tensors[piece.tensor]!;
    this.#tensorSums = this.#tensorSums === undefined ? sums : addRowSums(this.#tensorSums, sums);
    if (piece.start + piece.length < tensor.elements) return;
    this.#addTensor(piece.tensor, this.#tensorSums);
    this.#tensorSums = undefined;
  }

  #addTensor(index: number, sums: RowSums): void {
    const { name, group, elements, models } = this.#comparison.tensors[index]!;
    const hasSum = (row: number): boolean => Number.isFinite(sums.products[row * sums.rows + row]!);
    const good = models.map((_, i) => hasSum(0) && hasSum(i + 1));
    for (const [i, m] of models.entries()) if (!good[i]) this.notFinite[m]!.push(name);
    const keys = this.#keysOf(name, group);
    for (const [i, a] of models.entries()) {
      for (let j = i; j < models.length; j++) {
        if (!(good[i] && good[j])) continue;
        const totals = totalsOf(sums, elements, i + 1, j + 1);
        this.#onTensor?.(a, models[j]!, totals);
        for (const key of keys) this.#addPair(key, a, models[j]!, totals);
      }
    }
  }

  #keysOf(name: string, { layer, component }: TensorGroup): string[] {
    const keys = ["all", `part:${component}`];
    if (layer !== undefined) {
      const third = Math.min(2, Math.floor((3 * layer) / this.#depth));
      keys.push(`layer:${layer}`, `part:${component}/${third}`);
    }
    return this.#perTensor ? [...keys, `tensor:${name}`] : keys;
  }

  #addPair(key: string, a: number, b: number, totals: PairTotals): void {
    const table = this.#groups.get(key) ?? this.#emptyTable();
    this.#groups.set(key, table);
    table[a]![b] = addTotals(table[a]![b]!, totals);
  }

  #emptyTable(): PairTotals[][] {
    return Array.from({ length: this.#count }, () => Array.from({ length: this.#count }, () => NO_TOTALS));
  }

  finish(): Pick<Kinship, "all" | "layers" | "parts" | "tensors"> {
    for (const table of this.#groups.values()) mirror(table);
    const under = (kind: string): [string, PairTable][] =>
      [...this.#groups].filter(([key]) => key.startsWith(kind)).map(([key, table]) => [key.slice(kind.length), table]);
    const layers = under("layer:").map(([layer, table]): [number, PairTable] => [Number(layer), table]);
    return {
      all: this.#groups.get("all") ?? this.#emptyTable(),
      layers: new Map(layers.toSorted(([a], [b]) => a - b)),
      parts: new Map(under("part:")),
      tensors: new Map(under("tensor:")),
    };
  }
}

function mirror(table: PairTotals[][]): void {
  for (const [i, row] of table.entries()) {
    for (let j = i + 1; j < row.length; j++) {
      const t = row[j]!;
      table[j]![i] = { ...t, aa: t.bb, bb: t.aa, sumA: t.sumB, sumB: t.sumA, baseA: t.baseB, baseB: t.baseA };
    }
  }
}

/** The matrix of a metric, [n][n]; NaN where it is not defined. A model is identical with itself. */
export function kinshipMatrix(metric: Metric, table: PairTable): readonly (readonly number[])[] {
  return table.map((row, i) =>
    row.map((totals, j) => (i === j ? (metric === "euclidean" ? 0 : 1) : similarity(metric, totals))),
  );
}
