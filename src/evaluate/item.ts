import { canonicalJson, type Json } from "../base/canonical-json.ts";

/** One line of a task's data. */
export interface Item {
  /** The split of the data files that it comes from. */
  readonly split: string;
  /** From 0, in the order of the split's files. */
  readonly index: number;
  /** `file:line`; `file` and the number of the entry in a JSON list. */
  readonly where: string;
  readonly fields: { readonly [name: string]: Json };
  /** Fields that other items of the split have and this one lacks. */
  readonly absent: ReadonlySet<string>;
}

/** What identifies an item's content: its field `id` where it has one, else all of it. */
export function identityOf(item: Item): Json {
  return item.fields["id"] ?? item.fields;
}

const contents = new WeakMap<Item, string>();

/** All fields as one text, equal for equal items. Made once an item. */
export function contentOf(item: Item): string {
  const content = contents.get(item) ?? canonicalJson(item.fields);
  contents.set(item, content);
  return content;
}
