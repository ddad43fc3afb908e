/** One row of a measurement. Ratios above 1 mean that ours is faster. */
export interface BenchCase {
  readonly name: string;
  readonly seconds: number;
  readonly peer_seconds?: number;
  readonly ratio?: number;
  /** Processor time, which other programs disturb less. */
  readonly cpu_seconds?: number;
  readonly peer_cpu_seconds?: number;
  readonly cpu_ratio?: number;
  readonly rss_mib: number;
  readonly peer_rss_mib?: number;
}

/** What every kind of measurement gets from the command line. */
export interface BenchOptions {
  readonly operands: readonly string[];
  readonly peer: string | undefined;
  readonly runs: number;
  /** Threads that compute, ours and the peer's. */
  readonly threads: number;
  /** Names of the cases to run; all when empty. */
  readonly only: readonly string[];
  /** Whether each run reads its files from the disk. */
  readonly cold: boolean;
  readonly note: (line: string) => void;
}
