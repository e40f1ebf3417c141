import type { TestReport } from '#shared/contract/types.ts';
import { toFailure } from '#shared/model/failure.ts';

export interface TestSteps {
  /** Tries one step and notes how it went; false when it failed. */
  step(name: string, run: () => Promise<string> | string): Promise<boolean>;
  report(): TestReport;
}

/** What a Test button shows, step by step. */
export function createTestSteps(): TestSteps {
  const steps: TestReport['steps'][number][] = [];
  return {
    step: async (name, run) => {
      const started = performance.now();
      const note = (ok: boolean, message: string): boolean => {
        steps.push({ name, ok, ms: performance.now() - started, message });
        return ok;
      };
      try {
        return note(true, await run());
      } catch (thrown) {
        const { message, detail } = toFailure(thrown);
        return note(false, detail === undefined ? message : `${message} (${detail})`);
      }
    },
    report: () => ({ ok: steps.every(({ ok }) => ok), steps }),
  };
}
