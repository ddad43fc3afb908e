import { CodedError } from "../base/errors.ts";
import { searchErrors } from "./errors.ts";

const MARK = "# ";

/** Writes what stands for a point that is no model: a text that says why, and that no recipe begins with. @throws errors of other kinds */
export function unmergeableText(error: unknown): string {
  if (!(error instanceof CodedError) || error.code !== "search/bad_path") throw error;
  return `${MARK}${String(error.details["problem"])}\n`;
}

/** @throws search/bad_path for a text that stands for no model */
export function assertMergeable(recipeText: string): void {
  if (recipeText.startsWith(MARK)) throw searchErrors.bad_path({ problem: recipeText.slice(MARK.length).trim() });
}
