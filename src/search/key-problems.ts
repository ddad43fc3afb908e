/** Turns what zod found in a search file into coded errors with places. */

import type { z } from "zod";
import type { CodedError } from "../base/errors.ts";
import { nearestName } from "../base/nearest.ts";
import { searchErrors } from "./errors.ts";
import type { KeyPath, LocatedYaml } from "./located-yaml.ts";
import { KEYS } from "./search-keys.ts";
import { BETA_FORM, formOf, isOrderKind, METHOD_SPACE, ORDER_KEYS, RANGE } from "./space-keys.ts";

/** Keys of a space that are not parameters. */
const SPACE_KEYS = ["layer_groups", "components"];

/** Turns what zod found into coded errors with places. */
export function keyProblems(error: z.ZodError, yaml: LocatedYaml): readonly CodedError[] {
  return error.issues.flatMap((issue) => toFound(issue, [], yaml.value)).flatMap((found) => toErrors(found, yaml));
}

/** What is wrong, with its path from the top. */
interface Found {
  readonly issue: z.core.$ZodIssue;
  readonly path: KeyPath;
}

/** Where one of several things may stand, what is wrong is told of the one that was meant. */
function toFound(issue: z.core.$ZodIssue, above: KeyPath, value: unknown): readonly Found[] {
  const path = [...above, ...issue.path.map((key) => (typeof key === "symbol" ? String(key) : key))];
  const meant =
    issue.code === "invalid_union" && isSpace(path) && misspelt(path, value) === undefined
      ? issue.errors[formOf(valueAt(value, path))]
      : undefined;
  return meant === undefined ? [{ issue, path }] : meant.flatMap((inner) => toFound(inner, path, value));
}

/** The key of a space that a parameter without a range was meant to be; undefined where none is near. */
function misspelt(path: KeyPath, value: unknown): string | undefined {
  const [top, key] = path;
  if (top !== "space" || path.length !== 2) return undefined;
  const got = valueAt(value, path);
  const isRange = typeof got === "object" && got !== null && !Array.isArray(got);
  const nearest = isRange ? undefined : nearestName(String(key), SPACE_KEYS);
  return nearest === key ? undefined : nearest;
}

function isSpace(path: KeyPath): boolean {
  return path[0] === "space" && path.at(-1) !== "layer_groups";
}

function toErrors({ issue, path }: Found, yaml: LocatedYaml): readonly CodedError[] {
  const where = yaml.whereIs(path);
  if (issue.code === "unrecognized_keys") {
    const known = keysAt(path, yaml.value);
    return issue.keys.map((key) =>
      searchErrors.unknown_key({ where: yaml.whereIs([...path, key]), key, nearest: nearestName(key, known), known }),
    );
  }
  const nearest = misspelt(path, yaml.value);
  if (nearest !== undefined)
    return [searchErrors.unknown_key({ where, key: String(path[1]), nearest, known: SPACE_KEYS })];
  const got = valueAt(yaml.value, path);
  if (got === undefined && path.length > 0) return [searchErrors.missing_key({ where, key: path.join(".") })];
  return [searchErrors.bad_value({ where, key: path.join("."), got: shorten(got), expected: issue.message })];
}

function keysAt(path: KeyPath, value: unknown): readonly string[] {
  const [top, second] = path;
  if (top === undefined) return KEYS["top"]!;
  const stage = top === "next" && second === "space" ? ["next", "space"] : ["space"];
  const kind = valueAt(value, [...stage, "kind"]);
  if (stage[0] !== top) return KEYS[String(top)] ?? [];
  if (path.length > stage.length)
    return formOf(valueAt(value, path)) === BETA_FORM ? ["beta"] : Object.keys(RANGE.shape);
  if (isOrderKind(kind)) return Object.keys(ORDER_KEYS[kind].shape);
  return Object.keys(METHOD_SPACE.shape);
}

function valueAt(value: unknown, path: KeyPath): unknown {
  return path.reduce<unknown>(
    (inner, key) => (typeof inner === "object" && inner !== null ? Reflect.get(inner, key) : undefined),
    value,
  );
}

function shorten(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}
