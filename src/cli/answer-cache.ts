/** Where answers of models are kept between commands, and what they depend on. */

import { createHash } from "node:crypto";
import { globSync, mkdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { canonicalJson } from "../base/canonical-json.ts";
import type { Model } from "../model/model.ts";
import { type AnswerStore, openAnswerStore } from "../store/answer-store.ts";
import type { CliIo } from "./cli-io.ts";

/** The folder of everything that may be computed again; `MERGANSER_CACHE` names another. */
export function cacheFolder(): string {
  const { MERGANSER_CACHE, XDG_CACHE_HOME } = process.env;
  return MERGANSER_CACHE ?? join(XDG_CACHE_HOME ?? join(homedir(), ".cache"), "merganser");
}

/** Opens the answers of earlier commands; undefined, with a note, where that fails: then everything is computed. */
export function openAnswers(io: CliIo): AnswerStore | undefined {
  try {
    mkdirSync(cacheFolder(), { recursive: true });
    return openAnswerStore(join(cacheFolder(), "answers.db"));
  } catch (error) {
    io.note(`answers are not kept: ${(error as Error).message}`);
    return undefined;
  }
}

/** Folders of the code that an answer depends on. */
const RUNNERS = "{arch,engine,kernels,merge,methods,model}/**/*.{ts,wasm}";

let code: string | undefined;

/** A hash of the code that reads, merges and runs models, so that answers do not outlive a change of it. */
function codeIdentity(): string {
  if (code !== undefined) return code;
  const root = join(import.meta.dirname, "..");
  const files = globSync(RUNNERS, { cwd: root }).filter((file) => !file.endsWith(".test.ts"));
  const hash = createHash("sha256");
  for (const file of files.toSorted()) hash.update(`${file}\n`).update(readFileSync(join(root, file)));
  code = hash.digest("hex");
  return code;
}

/** Everything but the request that an answer of our engine depends on. @param settings - of the engine. */
export function answerIdentity(model: Model, settings: string): string {
  const facts = [model.identity(), [...(model.sideTexts ?? [])], settings, codeIdentity()];
  return createHash("sha256").update(canonicalJson(facts)).digest("hex");
}
