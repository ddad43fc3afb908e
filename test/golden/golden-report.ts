/** What a golden runner found in a folder laid out like `test/golden/data`. */
export interface GoldenReport {
  readonly passed: number;
  readonly failures: readonly GoldenFailure[];
  /** Figures worth printing that are neither: the share of 1-ulp differences, for example. */
  readonly notes: readonly string[];
}

/** One case that did not hold. */
export interface GoldenFailure {
  readonly id: string;
  readonly why: string;
}

/** Checks every case of one kind in a folder; each kind's runner is the file of its name in this folder. */
export type GoldenRunner = (folder: string) => Promise<GoldenReport>;
