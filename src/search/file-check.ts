import type { CodedError } from "../base/errors.ts";
import type { LocatedYaml } from "./located-yaml.ts";
import type { SearchMethod } from "./search.ts";

/** What reading a search file needs from outside. */
export interface SearchFileContext {
  /** The file, as messages name it. */
  readonly file: string;
  /** By name in recipes. */
  readonly methods: Readonly<Record<string, SearchMethod>>;
  /** Turns a path in the file, which is relative to the file, into one that can be opened. */
  readonly resolve: (path: string) => string;
}

/** What is being checked, and where problems go. */
export interface FileCheck extends SearchFileContext {
  readonly yaml: LocatedYaml;
  readonly problems: CodedError[];
}
