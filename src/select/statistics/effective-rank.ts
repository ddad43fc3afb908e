import { createRandom } from "../../base/philox.ts";

/** Random directions that a matrix is seen from. */
const DIRECTIONS = 4;

/**
 * Estimates how many directions a matrix uses, from its rows in any order, without holding it.
 *
 *     effective rank = (sum of s_i^2)^2 / sum of s_i^4,   s_i the singular values
 *
 * With random directions g it is |A|^2 * sum |A g|^2 / sum |A' A g|^2: exact where all s_i that are not 0 are equal,
 * as in every matrix of rank 1, and near elsewhere. The directions are the same for every matrix of a width.
 */
export class EffectiveRank {
  readonly #width: number;
  readonly #directions: readonly Float64Array[];
  readonly #images: readonly Float64Array[];
  #squares = 0;
  #seen = 0;

  /** @param width - length of a row. */
  constructor(width: number) {
    const random = createRandom({ seed: 1, counter: 0 });
    this.#width = width;
    this.#directions = Array.from({ length: DIRECTIONS }, () =>
      Float64Array.from({ length: width }, () => (random.nextUniform() < 0.5 ? -1 : 1)),
    );
    this.#images = this.#directions.map(() => new Float64Array(width));
  }

  /** Takes whole rows, one behind the other. */
  addRows(rows: Float32Array): void {
    for (let at = 0; at < rows.length; at += this.#width) {
      for (let i = at; i < at + this.#width; i++) this.#squares += rows[i]! * rows[i]!;
      for (const [d, direction] of this.#directions.entries()) this.#see(rows, at, direction, this.#images[d]!);
    }
  }

  #see(rows: Float32Array, at: number, direction: Float64Array, image: Float64Array): void {
    let along = 0;
    for (let i = 0; i < this.#width; i++) along += rows[at + i]! * direction[i]!;
    this.#seen += along * along;
    for (let i = 0; i < this.#width; i++) image[i]! += along * rows[at + i]!;
  }

  /** 0 for a matrix of zeros. */
  value(): number {
    const again = this.#images.reduce((sum, image) => sum + image.reduce((total, x) => total + x * x, 0), 0);
    return again === 0 ? 0 : (this.#squares * this.#seen) / again;
  }
}
