import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from "yaml";
import type { CodedError } from "../base/errors.ts";
import { searchErrors } from "./errors.ts";

/** Keys and indices from the top of a YAML text. */
export type KeyPath = readonly (string | number)[];

/** A YAML text that was read, with the places of its values. */
export interface LocatedYaml {
  /** What the text says, as plain values; undefined when it is not YAML. */
  readonly value: unknown;
  /** `file:line:column` of the key that leads to a value (or of the list entry); of the nearest parent that exists for what is not there. */
  whereIs(path: KeyPath): string;
}

/**
 * Reads YAML 1.2. Keys that stand twice are errors.
 *
 * @param file - as messages name it.
 * @param problems - takes search/bad_yaml, one for each mistake.
 */
export function readLocatedYaml(text: string, file: string, problems: CodedError[]): LocatedYaml {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    uniqueKeys: true,
    prettyErrors: false,
    logLevel: "error",
  });
  const place = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${Math.max(1, line)}:${Math.max(1, col)}`;
  };
  for (const { pos, message } of document.errors)
    problems.push(searchErrors.bad_yaml({ where: place(pos[0]), problem: message.split("\n")[0]! }));
  return {
    value:
      document.errors.length === 0 ? toPlain(() => document.toJS({ maxAliasCount: 100 }), file, problems) : undefined,
    whereIs: (path) => place(offsetOf(document.contents, path)),
  };
}

function toPlain(convert: () => unknown, file: string, problems: CodedError[]): unknown {
  try {
    return convert();
  } catch (error) {
    // Aliases that unfold without end.
    problems.push(searchErrors.bad_yaml({ where: `${file}:1:1`, problem: (error as Error).message }, error));
    return undefined;
  }
}

function offsetOf(contents: unknown, path: KeyPath): number {
  let node = contents;
  let offset = startOf(node) ?? 0;
  for (const key of path) {
    const step = isMap(node)
      ? node.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === String(key))
      : undefined;
    const entry = isSeq(node) ? node.items[Number(key)] : undefined;
    if (step === undefined && entry === undefined) break;
    offset = startOf(step?.key ?? entry) ?? offset;
    node = step?.value ?? entry;
  }
  return offset;
}

function startOf(node: unknown): number | undefined {
  return (node as Node | null)?.range?.[0];
}
