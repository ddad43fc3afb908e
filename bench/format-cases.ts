import type { BenchCase } from "./bench-case.ts";

const COLUMNS = {
  case: ({ name }: BenchCase) => name,
  seconds: (row: BenchCase) => row.seconds,
  "processor seconds": (row: BenchCase) => row.cpu_seconds,
  "peer's seconds": (row: BenchCase) => row.peer_seconds,
  "times as fast": (row: BenchCase) => row.ratio,
  MiB: (row: BenchCase) => row.rss_mib,
  "peer's MiB": (row: BenchCase) => row.peer_rss_mib,
} as const;

/** The rows of a measurement as a table in Markdown, for docs/benchmarks.md. */
export function formatCases(cases: readonly BenchCase[]): string {
  const names = Object.keys(COLUMNS);
  const rows = cases.map((row) => Object.values(COLUMNS).map((cell) => `${cell(row) ?? "–"}`));
  const lines = [names, names.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`);
  return `${lines.join("\n")}\n`;
}
