/** Reads the fields of a request's body, which is not trusted. */

import { serverErrors } from "./errors.ts";

/** The fields of a JSON object. `null` counts as absent. */
export interface BodyReader {
  /** @throws server/bad_parameter */
  number(
    name: string,
    limits: { readonly least: number; readonly most: number; readonly whole?: true },
  ): number | undefined;
  /** @throws server/bad_parameter */
  boolean(name: string): boolean | undefined;
  /** A text or a list of texts. @throws server/bad_parameter */
  texts(name: string): readonly string[];
  /** Whatever is there. */
  raw(name: string): unknown;
  /** Makes the error for a field. */
  refuse(name: string, allowed: string): Error;
}

/** Parses a body. @throws server/not_json, server/bad_parameter if it is not an object */
export function readBody(text: string): BodyReader {
  const body = parseObject(text);
  const refuse = (param: string, allowed: string): Error =>
    serverErrors.bad_parameter({ param, got: shown(body[param]), allowed });
  const raw = (name: string): unknown => (Object.hasOwn(body, name) ? (body[name] ?? undefined) : undefined);
  return {
    raw,
    refuse,
    number(name, { least, most, whole }) {
      const value = raw(name);
      if (value === undefined) return undefined;
      const isGood = typeof value === "number" && value >= least && value <= most;
      if (isGood && (whole !== true || Number.isSafeInteger(value))) return value;
      throw refuse(name, `a ${whole === true ? "whole " : ""}number from ${least} to ${most}`);
    },
    boolean(name) {
      const value = raw(name);
      if (value === undefined || typeof value === "boolean") return value;
      throw refuse(name, "true or false");
    },
    texts(name) {
      const value = raw(name) ?? [];
      const list: readonly unknown[] = Array.isArray(value) ? value : [value];
      if (list.every((each): each is string => typeof each === "string")) return list;
      throw refuse(name, "a text or a list of texts");
    },
  };
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw serverErrors.not_json({ why: (cause as Error).message }, cause);
  }
  if (value !== null && typeof value === "object" && !Array.isArray(value)) return value as Record<string, unknown>;
  throw serverErrors.bad_parameter({ param: "body", got: shown(value), allowed: "a JSON object" });
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "missing";
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
