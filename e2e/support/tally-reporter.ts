import type { SerializedError } from 'vitest';
import type { Reporter, TestModule } from 'vitest/node';

/** Counts what ran, and keeps the reason of everything that did not. */
export class TallyReporter implements Reporter {
  passed = 0;
  failed = 0;
  private readonly failures: string[] = [];
  private readonly skipped = new Map<string, string[]>();

  /** Counts a failure outside any test: a step, a file that does not load, an error nobody caught. */
  fail(what: string): void {
    this.failed++;
    this.failures.push(what);
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    for (const module of modules) {
      if (module.errors().length > 0) this.fail(module.relativeModuleId);
      for (const suite of module.children.allSuites()) {
        if (suite.errors().length > 0) this.fail(`${module.relativeModuleId} > ${suite.fullName}`);
      }
      for (const test of module.children.allTests()) {
        const result = test.result();
        if (result.state === 'passed') this.passed++;
        else if (result.state === 'skipped') {
          const reason = result.note ?? 'no reason given';
          this.skipped.set(reason, [...(this.skipped.get(reason) ?? []), test.fullName]);
        } else this.fail(`${module.relativeModuleId} > ${test.fullName}`);
      }
    }
    for (const error of unhandled) this.fail(`uncaught: ${error.message}`);
  }

  /** The last line of the test command. */
  print(): void {
    for (const [reason, tests] of this.skipped) {
      process.stdout.write(`skipped ${tests.length}: ${reason}\n`);
      for (const name of tests) process.stdout.write(`  - ${name}\n`);
    }
    for (const name of this.failures) process.stdout.write(`failed: ${name}\n`);
    process.stdout.write(`${this.passed} passed, ${this.failed} failed\n`);
  }
}
