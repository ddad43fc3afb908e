import type { Reporter, TestModule } from "vitest/node";

/** Closes a run with the one plain line that any CI can read: `12 passed, 0 failed`. */
export default class CiReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const count = { passed: 0, failed: 0, skipped: 0, pending: 0 };
    for (const module of modules) {
      for (const test of module.children.allTests()) count[test.result().state]++;
      if (module.errors().length > 0) count.failed++;
    }
    process.stdout.write(`${count.passed} passed, ${count.failed + count.pending} failed\n`);
  }
}
