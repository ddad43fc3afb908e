import { parseSize } from "../base/size.ts";
import { cliErrors } from "./errors.ts";

/** Makes a parser of whole numbers for an option. @throws cli/bad_number */
export function wholeNumber(option: string, least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least) return value;
    throw cliErrors.bad_number({ option, got: text, allowed: `a whole number of at least ${least}` });
  };
}

/** Makes a parser of decimal numbers for an option. @throws cli/bad_number */
export function decimalNumber(option: string, least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d*\.?\d+$/.test(text) && value >= least) return value;
    throw cliErrors.bad_number({ option, got: text, allowed: `a number of at least ${least}` });
  };
}

/** Makes a parser of sizes such as 512MiB for an option. @throws base/bad_size */
export function size(option: string): (text: string) => number {
  return (text) => parseSize(text, option);
}

/** The same for the size of weight files, where mergekit's `5B` means 5 * 10^9 bytes. @throws base/bad_size */
export function shardSize(option: string): (text: string) => number {
  return (text) => parseSize(text.replace(/(?<=\d)b$/i, "GB"), option);
}

/** Collects the values of an option that may be given several times. */
export function repeated(text: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), text];
}
