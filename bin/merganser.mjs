#!/usr/bin/env node
import * as nodeModule from "node:module";
import { fileURLToPath } from "node:url";

const major = Number(process.versions.node.split(".")[0]);
if (major < 24) {
  process.stderr.write(
    `merganser needs Node 24 or newer, and this is ${process.version}; run it as "npx merganser" in a clone, or install Node 24\n`,
  );
  process.exit(3);
}
// Compiled code is kept between runs, which halves the time to start; the variable passes it on to worker threads.
const { directory } = nodeModule.enableCompileCache();
if (directory !== undefined) process.env.NODE_COMPILE_CACHE ??= directory;
const { findFreshBundle } = await import("./fresh-bundle.mjs");
const bundle = findFreshBundle(fileURLToPath(new URL("..", import.meta.url)));
await import(bundle === undefined ? "../src/cli/main.ts" : new URL("main.mjs", bundle).href);
