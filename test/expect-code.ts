import { expect } from "vitest";
import { CodedError } from "../src/base/errors.ts";

/**
 * Runs an action that must throw a coded error.
 *
 * @returns its details.
 */
export function expectCode(code: string, action: () => unknown): Readonly<Record<string, unknown>> {
  try {
    action();
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    expect(error.code, error.message).toBe(code);
    expect(error.message).not.toMatch(/undefined|NaN|\[object|\.$/);
    return error.details;
  }
  return expect.unreachable(`${code} was expected, and nothing was thrown`);
}
