#!/usr/bin/env node
const major = Number(process.versions.node.split(".")[0]);
if (major < 24) {
  process.stderr.write(
    `merganser needs Node 24 or newer, and this is ${process.version}; run it as "npx merganser" in a clone, or install Node 24\n`,
  );
  process.exit(3);
}
await import("../src/cli/main.ts");
