import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DriverTransport } from '#core/drivers/transport.ts';
import type { TestReport } from '#shared/contract/types.ts';
import { toFailure } from '#shared/model/failure.ts';

const TEST_MS = 15_000;

/** Configuration, then the driver's `info` action in an empty directory. Null: the agent has no driver. */
export async function testAgent(connect: (() => Promise<DriverTransport>) | null): Promise<TestReport> {
  const steps: TestReport['steps'][number][] = [];
  const step = async <T>(name: string, run: () => Promise<readonly [T, string]>): Promise<T | null> => {
    const started = performance.now();
    try {
      const [value, message] = await run();
      steps.push({ name, ok: true, ms: performance.now() - started, message });
      return value;
    } catch (thrown) {
      const { message, detail } = toFailure(thrown);
      const text = detail === undefined || detail === '' ? message : `${message}\n${detail}`;
      steps.push({ name, ok: false, ms: performance.now() - started, message: text });
      return null;
    }
  };

  if (connect === null) {
    const message = 'Built in: it asks the backend directly and needs no driver.';
    return { ok: true, steps: [{ name: 'Configuration', ok: true, ms: 0, message }] };
  }
  const transport = await step('Configuration', async () => {
    const found = await connect();
    return [found, `Its driver is reached over ${found.transport_type}.`] as const;
  });
  if (transport === null) return { ok: false, steps };
  const answered = await step('Driver', async () => [true, await askInfo(transport)] as const);
  return { ok: answered === true, steps };
}

async function askInfo(transport: DriverTransport): Promise<string> {
  const workDir = await mkdtemp(join(tmpdir(), 'runescope-test-'));
  try {
    const { name, version, actions } = await transport.call({
      action: 'info',
      params: {},
      signal: new AbortController().signal,
      timeoutMs: TEST_MS,
      workDir,
    });
    const says = [name, version].filter((part) => typeof part === 'string').join(' ');
    const can = Array.isArray(actions) ? `, actions ${actions.join(', ')}` : '';
    return `It answers${says === '' ? '' : ` as ${says}`}${can}.`;
  } catch (thrown) {
    // It ran, read the call and replied: a driver without `info` works.
    if (toFailure(thrown).code === 'driver.error') return 'It answers; it does not say what it is.';
    throw thrown;
  } finally {
    await rm(workDir, { recursive: true, force: true });
  }
}
