import { defineErrors } from "./errors.ts";

/** Errors of byte sizes written by people. */
export const sizeErrors = defineErrors("base", "input", {
  bad_size: (d: { option: string; got: string }) =>
    `${d.option}: "${d.got}" is not a size; write a number with B, KB, MB, GB, KiB, MiB or GiB, for example 512MiB`,
});

const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  k: 1e3,
  kb: 1e3,
  m: 1e6,
  mb: 1e6,
  g: 1e9,
  gb: 1e9,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
};

/**
 * Parses a size in bytes, such as `512MiB`, `1.5GB` or `90k`. KB, MB and GB are powers of 1000.
 *
 * @param option - the setting as the user typed it, named in the error.
 * @throws base/bad_size
 */
export function parseSize(text: string, option: string): number {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i.exec(text);
  const unit = UNITS[(match?.[2] ?? "?").toLowerCase()];
  if (match === null || unit === undefined) throw sizeErrors.bad_size({ option, got: text });
  return Math.floor(Number(match[1]) * unit);
}

/** Formats bytes for people, in binary units with three significant digits: `1.5 GiB`, `713 MiB`, `12 B`. */
export function formatSize(sizeBytes: number): string {
  const names = ["B", "KiB", "MiB", "GiB", "TiB"];
  let value = sizeBytes;
  let unit = 0;
  while (value >= 1024 && unit < names.length - 1) {
    value /= 1024;
    unit++;
  }
  const digits = unit === 0 || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${value.toFixed(digits)} ${names[unit]}`;
}
