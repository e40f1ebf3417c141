import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Client } from '#core/engine.ts';
import type { LiveBatch } from '#shared/contract/types.ts';
import { followJob } from './follow.ts';

const job = (status: string) => ({ job_id: 'j', status, message: null });
const batch = (more: object): LiveBatch => ({
  seq: 0,
  gap: false,
  jobs: [],
  spans: [],
  status: null,
  ...more,
});

/** A client whose watch yields `batches` and then hangs or throws, and whose job is `status()`. */
const fake = (batches: LiveBatch[], status: () => string, end?: Error): Client =>
  ({
    jobs: { get: async () => job(status()) },
    live: {
      watch: async (_: unknown, { signal }: { signal: AbortSignal }) =>
        (async function* () {
          yield* batches;
          if (end !== undefined) throw end;
          await sleep(60_000, undefined, { signal });
        })(),
    },
  }) as unknown as Client;

const span = {
  span_id: 's',
  parent_span_id: null,
  job_id: 'j',
  label: 'demo',
  start_us: 0,
  flags: 0,
  event_id: 0,
};

describe('following a job', () => {
  it('tells each step once and ends with the job', async () => {
    const lines: string[] = [];
    const client = fake(
      [
        batch({ jobs: [job('running')] }),
        batch({ jobs: [job('running')], spans: [{ ...span, name: 'agent.ask', duration_ms: null }] }),
        batch({ spans: [{ ...span, name: 'agent.ask', duration_ms: 1240, flags: 1 }] }),
        batch({ jobs: [job('failed')] }),
      ],
      () => 'running',
    );
    await followJob(client, 'j', (line) => lines.push(line));
    expect(lines).toEqual([
      'running',
      '  agent.ask (demo) ...',
      '  agent.ask (demo) failed 1.24 s',
      'failed',
    ]);
  });

  it('ends although the last batch never came', async () => {
    let asked = 0;
    await followJob(
      fake([], () => (++asked > 1 ? 'succeeded' : 'running')),
      'j',
      () => {},
    );
    expect(asked).toBe(2);
  });

  it('rejects when the engine goes away', async () => {
    const client = fake([], () => 'running', new Error('socket closed'));
    await expect(followJob(client, 'j', () => {})).rejects.toThrow('socket closed');
  });
});
