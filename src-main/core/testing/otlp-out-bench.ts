import type Database from 'better-sqlite3';
import { createEngine, type Engine } from '#core/engine.ts';
import type { OtlpSpan } from '#core/telemetry/export/otlp.ts';
import { startCollector, type TestCollector } from './otlp-collector.ts';
import { type TestPorts, testPorts } from './ports.ts';

type CleanUp = (() => void | Promise<void>)[];

/** A collector that goes with the test. */
export async function openCollector(cleanUp: CleanUp): Promise<TestCollector> {
  const made = await startCollector();
  cleanUp.push(() => made.close());
  return made;
}

/** An engine that sends to a collector. */
export interface OtlpOutBench {
  readonly engine: Engine;
  readonly set: TestPorts;
  run(count?: number): Promise<readonly string[]>;
  status(): Promise<Awaited<ReturnType<Engine['client']['http']['status']>>['otlp_out']>;
  send(endpoint: string | null, more?: object): Promise<void>;
}

export async function openOtlpOut(cleanUp: CleanUp, env: Record<string, string> = {}): Promise<OtlpOutBench> {
  const set = testPorts({ env: { PATH: process.env.PATH, ...env } });
  cleanUp.push(() => set.remove());
  const engine = await createEngine(set.ports, { mode: 'own' });
  cleanUp.push(() => engine.dispose());
  const { client } = engine;
  return {
    engine,
    set,
    send: async (endpoint, more = {}) => {
      const otlp_out = { enabled: true, endpoint, ...more };
      await client.settings.set({ version: 1, demo: { slowness: 0 }, http: { otlp_out } });
    },
    run: async (count = 1) => {
      const made = await Promise.all(
        Array.from({ length: count }, () =>
          client.jobs.create({
            kind: 'agentic-agent',
            request: { agent: 'prompt', question: 'What is up?', backend_type: 'demo' },
          }),
        ),
      );
      await engine.idle();
      return made.map(({ job_id }) => job_id);
    },
    status: async () => (await client.http.status()).otlp_out,
  };
}

/** The trace of a job. */
export const traceOf = (jobId: string): string => jobId.replaceAll('-', '');

/** Spans of a job by name; fails where one came twice. */
export const namesOf = (spans: readonly OtlpSpan[], jobId: string): readonly string[] => {
  const of = spans.filter(({ traceId }) => traceId === traceOf(jobId));
  if (new Set(of.map(({ spanId }) => spanId)).size !== of.length) throw new Error('A span came twice.');
  return of.map(({ name }) => name).sort();
};

/** Events of `count` more spans, as RUNE writes them. */
export function addSpans(file: Database.Database, jobId: string, like: object, count: number): void {
  const columns = Object.keys(like).filter((name) => name !== 'id');
  const insert = file.prepare(
    `INSERT INTO workflow_events (${columns.join(', ')}) VALUES (${columns.map((name) => `@${name}`).join(', ')})`,
  );
  file.transaction(() => {
    for (let i = 0; i < count; i++) insert.run({ ...like, job_id: jobId, event: 'agent.ask' });
  })();
}
