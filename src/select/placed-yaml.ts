import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from "yaml";
import type { z } from "zod";

/** What a file says, or its problems, each a sentence that begins with file, line and column. */
export type PlacedYaml<T> = { readonly value: T } | { readonly problems: readonly string[] };

/**
 * Reads YAML 1.2 and checks it against a schema.
 *
 * @param file - as messages name it.
 */
export function readPlacedYaml<T>(source: string, file: string, schema: z.ZodType<T>): PlacedYaml<T> {
  const lines = new LineCounter();
  const document = parseDocument(source, {
    lineCounter: lines,
    uniqueKeys: true,
    prettyErrors: false,
    logLevel: "error",
  });
  const place = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${Math.max(1, line)}:${Math.max(1, col)}`;
  };
  const broken = document.errors.map(({ pos, message }) => `${place(pos[0])}: ${message.split("\n")[0]}`);
  if (broken.length > 0) return { problems: broken };
  let plain: unknown;
  try {
    plain = document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    // Aliases that unfold without end.
    return { problems: [`${file}:1:1: ${(error as Error).message}`] };
  }
  const read = schema.safeParse(plain);
  if (read.success) return { value: read.data };
  const problems = read.error.issues.map(({ path, message }) => {
    const keys = path.map(String);
    return `${place(offsetOf(document.contents, keys))}: ${keys.join(".") || "the file"}: ${message}`;
  });
  return { problems };
}

/** Of the value that keys lead to, or of the last one on the way that is there. */
function offsetOf(contents: unknown, keys: readonly string[]): number {
  let node = contents;
  let offset = startOf(node) ?? 0;
  for (const key of keys) {
    const pair = isMap(node)
      ? node.items.find((item) => isScalar(item.key) && String(item.key.value) === key)
      : undefined;
    const entry = isSeq(node) ? node.items[Number(key)] : undefined;
    if (pair === undefined && entry === undefined) break;
    offset = startOf(pair?.key ?? entry) ?? offset;
    node = pair?.value ?? entry;
  }
  return offset;
}

function startOf(node: unknown): number | undefined {
  return (node as Node | null)?.range?.[0];
}
