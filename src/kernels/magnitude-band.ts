/**
 * Which entries of a tensor are kept, by magnitude, exactly as many as wanted: those between two magnitudes, and of
 * those that equal one of the two a range of their order of appearance.
 *
 * Counts what it has seen, so one band serves one reading of one tensor, in order; `restarted` serves the next.
 */
export class MagnitudeBand {
  readonly #limits: BandLimits;
  /** Entries seen so far that equal the lower magnitude, as far as their number matters; kernels update it. */
  lowSeen = 0;
  /** The same for the upper magnitude, if it is another. */
  highSeen = 0;

  constructor(limits: BandLimits) {
    this.#limits = limits;
  }

  get limits(): BandLimits {
    return this.#limits;
  }

  /** The same band, before it has seen anything. */
  restarted(): MagnitudeBand {
    return new MagnitudeBand(this.#limits);
  }
}

/** Patterns are those of `magnitudePattern`; ordinals count from 0. */
export interface BandLimits {
  /** Pattern below which nothing is kept. */
  readonly low: number;
  /** Of the entries that equal `low`, those from ordinal `lowFrom` to before `lowTo` are kept. */
  readonly lowFrom: number;
  readonly lowTo: number;
  /**
   * Pattern above which nothing is kept, at least `low`; `NO_UPPER_LIMIT` to keep all. If it equals `low`, only the rule
   * of `low` holds.
   */
  readonly high: number;
  /** Of the entries that equal `high`, those before this ordinal are kept. */
  readonly highTo: number;
}

/** Above every pattern, NaN's included, and as a signed number. */
export const NO_UPPER_LIMIT = 0x7fffffff;
