/** What files a model on the hub has, and which of them a merge needs. */

import { modelErrors } from "../errors.ts";

/** A file of a repository. */
export interface HubFile {
  /** In the repository: `config.json`, `1_Pooling/config.json`. */
  readonly path: string;
  readonly sizeBytes: number;
  /** Name of its content in the cache: the sha256 of large files, git's sha1 of others; hex. */
  readonly etag: string;
  /** What `etag` is a hash of. */
  readonly hash: "sha256" | "git";
}

/** A repository at one commit. */
export interface HubListing {
  readonly commit: string;
  readonly files: readonly HubFile[];
}

/** Checkpoints of a thousand shards exist; ten times that do not. */
const MAX_FILES = 10_000;

const COMPONENT = /^[\w][\w.+@ -]{0,200}$/;

/**
 * Reads the hub's answer about a repository.
 *
 * Files whose names are no plain paths are left out, as nothing of a model is called like that.
 *
 * @throws model/hub_answer
 */
export function parseHubListing(answer: unknown, id: string): HubListing {
  const { sha, siblings } = (answer ?? {}) as { readonly sha?: unknown; readonly siblings?: unknown };
  const fail = (why: string): never => {
    throw modelErrors.hub_answer({ id, why });
  };
  if (typeof sha !== "string" || !/^[0-9a-f]{40}$/.test(sha)) fail("it names no commit");
  if (!Array.isArray(siblings) || siblings.length > MAX_FILES) fail(`it lists no files, or more than ${MAX_FILES}`);
  const files = (siblings as readonly unknown[]).flatMap((entry) => parseFile(entry) ?? []);
  return { commit: sha as string, files };
}

function parseFile(entry: unknown): HubFile | undefined {
  const { rfilename, size, blobId, lfs } = (entry ?? {}) as Readonly<Record<string, unknown>>;
  const large = (lfs ?? undefined) as { readonly sha256?: unknown; readonly size?: unknown } | undefined;
  const sizeBytes = large?.size ?? size;
  const etag = large === undefined ? blobId : large.sha256;
  const isPath = typeof rfilename === "string" && rfilename.split("/").every((part) => COMPONENT.test(part));
  const isSize = typeof sizeBytes === "number" && Number.isSafeInteger(sizeBytes) && sizeBytes >= 0;
  const isHash = typeof etag === "string" && (large === undefined ? /^[0-9a-f]{40}$/ : /^[0-9a-f]{64}$/).test(etag);
  if (!isPath || !isSize || !isHash) return undefined;
  return { path: rfilename, sizeBytes, etag, hash: large === undefined ? "git" : "sha256" };
}

/** Small files that say how a model is used. */
const SIDE_FILES =
  /^(?:[^/]+\.json|[^/]+\.jinja|tokenizer\.model|merges\.txt|vocab\.txt|README\.md|1_Pooling\/config\.json)$/;

/** By preference; programs that train leave others beside the weights. */
const WEIGHTS: readonly RegExp[] = [
  /^[^/]+\.safetensors$/,
  /^(?:pytorch_model|adapter_model)[^/]*\.bin$/,
  /^(?!training_args|optimizer|scheduler|rng_state)[^/]+\.(?:bin|pth|pt|ckpt)$/,
];

/**
 * Chooses the files that are needed to merge or run a model: weights of one kind, configs, tokenizer, card.
 *
 * @returns in the listing's order; a lone GGUF file where there is nothing else.
 */
export function chooseHubFiles(files: readonly HubFile[]): readonly HubFile[] {
  const kind = WEIGHTS.find((pattern) => files.some(({ path }) => pattern.test(path)));
  const ggufs = files.filter(({ path }) => /^[^/]+\.gguf$/.test(path));
  const isWeight = (file: HubFile): boolean =>
    kind === undefined ? ggufs.length === 1 && file === ggufs[0] : kind.test(file.path);
  return files.filter((file) => isWeight(file) || SIDE_FILES.test(file.path));
}
