import { formatSize } from "../base/size.ts";
import type { CliIo } from "./cli-io.ts";

/** What a long operation tells its bar. */
export interface Progress {
  readonly done: number;
  readonly total: number;
  /** What is being done, in a few words. */
  readonly label: string;
}

/** A progress display: a bar on a terminal, a plain line every few seconds in a pipe. */
export interface ProgressBar {
  update(progress: Progress): void;
  /** Clears the bar, so that the next line starts clean. */
  end(): void;
}

const BAR_WIDTH = 24;
const TERMINAL_INTERVAL_MS = 100;
const PIPE_INTERVAL_MS = 5_000;

/**
 * Starts a progress display.
 *
 * @param unit - "bytes" are shown as sizes and rates; any other word is shown after the count.
 */
export function startProgress(io: CliIo, unit: string): ProgressBar {
  const startMs = io.now();
  const intervalMs = io.redraw === undefined ? PIPE_INTERVAL_MS : TERMINAL_INTERVAL_MS;
  let shownMs = startMs;
  return {
    update(progress) {
      const nowMs = io.now();
      if (nowMs - shownMs < intervalMs) return;
      shownMs = nowMs;
      const line = formatProgress(progress, unit, (nowMs - startMs) / 1000);
      if (io.redraw === undefined) io.note(line);
      else io.redraw(line);
    },
    end: () => io.redraw?.(""),
  };
}

/** Formats one state: bar, share, amount, rate and time left. */
export function formatProgress({ done, total, label }: Progress, unit: string, seconds: number): string {
  const share = total === 0 ? 1 : Math.min(1, done / total);
  const filled = Math.round(share * BAR_WIDTH);
  const bar = "█".repeat(filled) + "░".repeat(BAR_WIDTH - filled);
  const rate = seconds > 0 ? done / seconds : 0;
  const left = rate > 0 ? formatDuration((total - done) / rate) : "?";
  const amount =
    unit === "bytes"
      ? `${formatSize(done)} of ${formatSize(total)}, ${formatSize(rate)}/s`
      : `${done}/${total} ${unit}, ${rate.toFixed(1)}/s`;
  return `${bar} ${(share * 100).toFixed(0).padStart(3)} %  ${amount}, ${left} left  ${label}`;
}

/** Formats seconds for people: `4.2 s`, `3 min 20 s`, `2 h 5 min`. */
export function formatDuration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
