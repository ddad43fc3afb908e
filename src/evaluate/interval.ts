/** Both ends of a 95 % interval, low ≤ high. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** The normal deviate that 95 % of draws stay within. */
export const Z_95 = 1.959963984540054;
