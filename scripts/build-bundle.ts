/**
 * Writes the bundle that the command runs from: `node scripts/build-bundle.ts [ROOT]`.
 *
 * Loading 350 modules takes longer than planning a merge. The bundle holds them in some dozens of files: one for the
 * command, one for each file that a thread begins with, and what is loaded on demand.
 */

import { createHash } from "node:crypto";
import { existsSync, globSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { dirname, join, relative, resolve } from "node:path";
import { argv } from "node:process";
import { type OutputChunk, type Plugin, rolldown } from "rolldown";
import { type BundleNote, stateOf } from "../bin/fresh-bundle.mjs";

/** Packages that load native code or files beside themselves, and one that asks for a package that nobody has. */
const EXTERNAL = ["onnxruntime-node", "piscina", "bullmq", "ioredis", "linkedom"];

/** Files that decide what the packages in the bundle are. */
const PACKAGE_FILES = ["package.json", "package-lock.json", "node_modules/.package-lock.json"];

/** How a source names the file that a thread begins with. */
const THREAD_FILE = /new URL\("\.\/([\w-]+)\.ts", import\.meta\.url\)/g;

/** File times may be this far behind the clock. */
const CLOCK_MS = 20;

/**
 * Builds dist/ of a checkout.
 *
 * @returns the folder of the bundle
 * @throws if a source was written meanwhile, so that nobody knows which of its states is in the bundle.
 */
export async function buildBundle(root: string): Promise<string> {
  const startMs = Date.now() - CLOCK_MS;
  const dist = join(root, "dist");
  const work = join(dist, `.new-${process.pid}`);
  try {
    const chunks = await writeChunks(root, work);
    const sources = sourcesOf(chunks, root).map((path) => stateOf(root, path));
    const written = sources.find(([, , writtenMs]) => writtenMs >= startMs);
    if (written !== undefined) throw new Error(`${written[0]} was written while the bundle was made; build it again`);
    return publish(dist, work, sources);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Gives the new files the name of their sources' state, and says so in bundle.json. */
function publish(dist: string, work: string, sources: BundleNote["sources"]): string {
  const folder = createHash("sha256").update(JSON.stringify(sources)).digest("hex").slice(0, 16);
  const last = previousFolder(dist);
  if (!existsSync(join(dist, folder))) renameSync(work, join(dist, folder));
  const note = join(dist, `.bundle-${process.pid}.json`);
  writeFileSync(note, `${JSON.stringify({ folder, sources })}\n`);
  renameSync(note, join(dist, "bundle.json"));
  removeOthers(dist, [folder, last]);
  return join(dist, folder);
}

async function writeChunks(root: string, folder: string): Promise<readonly OutputChunk[]> {
  const bundle = await rolldown({
    cwd: root,
    input: { main: join(root, "src/cli/main.ts"), ...findThreadFiles(root) },
    platform: "node",
    external: EXTERNAL,
    plugins: [placesOf(join(root, "src"), folder), BUILTINS],
    logLevel: "warn",
  });
  mkdirSync(folder, { recursive: true });
  const { output } = await bundle.write({
    dir: folder,
    format: "esm",
    entryFileNames: "[name].mjs",
    chunkFileNames: "[name]-[hash].mjs",
  });
  await bundle.close();
  return output.filter((part) => part.type === "chunk");
}

/** The files that threads begin with, by name. */
function findThreadFiles(root: string): Record<string, string> {
  const files: Record<string, string> = {};
  for (const name of globSync("src/**/*.ts", { cwd: root })) {
    for (const [, thread] of readFileSync(join(root, name), "utf8").matchAll(THREAD_FILE))
      files[thread!] = join(root, dirname(name), `${thread}.ts`);
  }
  return files;
}

/**
 * What a source finds beside itself, the bundle finds from where the source is; threads begin in the bundle.
 *
 * @param folder - of the bundle. It may be renamed, but not moved.
 */
function placesOf(src: string, folder: string): Plugin {
  return {
    name: "places",
    transform(code, id) {
      if (!id.startsWith(src) || !code.includes("import.meta.")) return undefined;
      const source = relative(folder, id).replaceAll("\\", "/");
      return code
        .replace(THREAD_FILE, 'new URL("./$1.mjs", import.meta.bundle)')
        .replaceAll("import.meta.url", `new URL(${JSON.stringify(source)}, import.meta.bundle).href`)
        .replaceAll("import.meta.dirname", `(import.meta.dirname + ${JSON.stringify(`/${dirname(source)}`)})`)
        .replaceAll("import.meta.bundle", "import.meta.url");
    },
  };
}

/** Takes Node's own modules without the list of all their exports, whose making loads streams, and crypto only when it is called. */
const BUILTINS: Plugin = {
  name: "builtins",
  resolveId: (id, importer, { kind }) =>
    isBuiltin(id) && kind === "import-statement" && existsSync(importer ?? "")
      ? { id: `\0${id}`, moduleSideEffects: false }
      : undefined,
  load(id) {
    const name = id.slice(1);
    if (id[0] !== "\0" || !isBuiltin(name)) return undefined;
    const builtin = `process.getBuiltinModule(${JSON.stringify(name)})`;
    const isLazy = name === "node:crypto";
    const lines = Object.keys(process.getBuiltinModule(name) ?? {})
      .filter((key) => /^[A-Za-z_]\w*$/.test(key) && key !== "default")
      .map((key) =>
        isLazy
          ? `export const ${key} = (...args) => ${builtin}.${key}(...args);`
          : `export const ${key} = /* @__PURE__ */ (() => ${builtin}.${key})();`,
      );
    return `${lines.join("\n")}\nexport default /* @__PURE__ */ (() => ${builtin})();\n`;
  },
};

/** The files that the bundle depends on, from the root. */
function sourcesOf(chunks: readonly OutputChunk[], root: string): readonly string[] {
  const modules = chunks.flatMap(({ moduleIds }) => moduleIds).filter((id) => !id.startsWith("\0"));
  const own = modules.map((id) => relative(root, id)).filter((path) => /^(?!\.\.|node_modules)/.test(path));
  return [...new Set([...own, ...PACKAGE_FILES, "scripts/build-bundle.ts"])].toSorted();
}

function previousFolder(dist: string): string | undefined {
  try {
    return (JSON.parse(readFileSync(join(dist, "bundle.json"), "utf8")) as BundleNote).folder;
  } catch {
    return undefined;
  }
}

/** Commands that run may still load files of the build before this one. */
function removeOthers(dist: string, kept: readonly (string | undefined)[]): void {
  for (const name of readdirSync(dist)) {
    if (/^[0-9a-f]{16}$/.test(name) && !kept.includes(name)) rmSync(join(dist, name), { recursive: true, force: true });
  }
}

if (import.meta.main) await buildBundle(resolve(argv[2] ?? join(import.meta.dirname, "..")));
