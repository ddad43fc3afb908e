import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    setupFiles: ["./test/setup.ts"],
    reporters: ["default", "./test/ci-reporter.ts"],
    pool: "threads",
    // Tests keep no state in modules, and loading everything anew for each of 300 files takes as long as many of them.
    isolate: false,
    testTimeout: 60_000,
  },
});
