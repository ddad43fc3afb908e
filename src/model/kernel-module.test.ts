import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { expectCode } from "../../test/expect-code.ts";
import { createTemporaryFolder } from "../../test/temporary-folder.ts";
import { compileKernels, readKernelModule } from "./kernel-module.ts";

it("reads the kernels once", () => {
  expect(readKernelModule()).toBeInstanceOf(WebAssembly.Module);
  expect(readKernelModule()).toBe(readKernelModule());
});

it("says what to do when the kernels are missing or broken", () => {
  const path = join(createTemporaryFolder(), "kernels.wasm");
  expectCode("model/kernels_missing", () => compileKernels(path));
  writeFileSync(path, "x");
  expectCode("model/kernels_missing", () => compileKernels(path));
});
