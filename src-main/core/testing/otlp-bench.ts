import { createEngine, type Engine } from '#core/engine.ts';
import type { JobDetail } from '#shared/model/job.ts';
import { decodeTrace, spanIdAt } from '#shared/model/trace-columns.ts';
import { type TestPorts, testPorts } from './ports.ts';

/** An engine over a fresh directory; `cleanUp` gets how to end it. */
export async function startEngine(
  cleanUp: (() => void | Promise<void>)[],
  env: Record<string, string> = {},
): Promise<TestPorts & { readonly engine: Engine }> {
  const set = testPorts({ env: { PATH: process.env.PATH, ...env } });
  const engine = await createEngine(set.ports, { mode: 'own' });
  cleanUp.push(() => set.remove());
  cleanUp.push(() => engine.dispose());
  return { ...set, engine };
}

/** What `look` finds at last. */
export async function until<T>(look: () => Promise<T | null | false>, ms = 10_000): Promise<T> {
  const end = performance.now() + ms;
  for (;;) {
    const found = await look();
    if (found !== null && found !== false) return found;
    if (performance.now() > end) throw new Error('It did not come to pass.');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Switches the receiver on and gives its address. */
export async function receive(engine: Engine): Promise<string> {
  await engine.client.settings.set({ version: 1, http: { otlp_in: { enabled: true, port: 0 } } });
  return until(async () => (await engine.client.http.status()).otlp_in.url);
}

export const FAKE = { question: 'Why?', agent: 'fake', model: 'm' };

export const ended = (engine: Engine, jobId: string): Promise<JobDetail> =>
  until(async () => {
    const job = await engine.client.jobs.get({ job_id: jobId });
    return job.finished_at === null ? null : job;
  });

/** A span as the waterfall shows it. */
export interface Shown {
  readonly id: string;
  readonly name: string;
  readonly parent: string | null;
  readonly flags: number;
  readonly startUs: number;
  readonly durationUs: number;
}

export async function shown(engine: Engine, jobId: string, source = 'own'): Promise<readonly Shown[]> {
  const blob = await engine.client.trace.columns({ source, job_id: jobId });
  const trace = decodeTrace(await blob.arrayBuffer());
  return Array.from({ length: trace.count }, (_, i) => ({
    id: spanIdAt(trace, i),
    name: trace.names[trace.name[i] ?? 0] ?? '',
    parent: (trace.parent[i] ?? -1) === -1 ? null : spanIdAt(trace, trace.parent[i] ?? 0),
    flags: trace.flags[i] ?? 0,
    startUs: trace.originUs + (trace.startUs[i] ?? 0),
    durationUs: trace.durationUs[i] ?? 0,
  }));
}

export const nanos = (us: number): string => `${Math.round(us)}000`;
/** Half a second of work, with what a test changes in it. */
export const span = (more: Record<string, unknown>): Record<string, unknown> => ({
  name: 'work',
  startTimeUnixNano: '1790000000000000000',
  endTimeUnixNano: '1790000000500000000',
  ...more,
});
/** Sends spans as service `other`. */
export const post = (url: string, ...spans: Record<string, unknown>[]): Promise<Response> =>
  fetch(`${url}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      resourceSpans: [
        {
          resource: { attributes: [{ key: 'service.name', value: { stringValue: 'other' } }] },
          scopeSpans: [{ spans }],
        },
      ],
    }),
  });
