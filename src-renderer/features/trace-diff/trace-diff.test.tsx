import { MantineProvider } from '@mantine/core';
import type { ReactNode } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import '@mantine/core/styles.css';
import '#renderer/styles/tokens.css';
import '#renderer/styles/base.css';
import { ApiProvider, createQueryClient } from '#renderer/client/query.tsx';
import { paths } from '#renderer/client/routes.ts';
import { type Answers, type FakeEngine, fail, fakeEngine } from '#renderer/client/testing.ts';
import { ActionProvider } from '#renderer/widgets/actions/use-actions.tsx';
import type { TraceBands } from '#shared/model/compare.ts';
import { buildTrace, type TraceSpan } from '#shared/model/trace-build.ts';
import { encodeTrace, type TraceColumns } from '#shared/model/trace-columns.ts';
import { BandsPage } from './bands-page.tsx';
import { DiffPage } from './diff-page.tsx';

const T0 = 1_700_000_000_000_000;
const id = (n: number): string => n.toString(16).padStart(16, '0');
const span = (n: number, parent: number | null, name: string, startMs: number, ms: number): TraceSpan => ({
  span_id: id(n),
  parent_span_id: parent === null ? null : id(parent),
  name,
  start_us: T0 + startMs * 1000,
  duration_us: ms * 1000,
  event_id: n,
  flags: 0,
  label: '',
  call: null,
});
const quick = buildTrace([
  span(1, null, 'job.execute', 0, 1000),
  span(2, 1, 'agent.ask', 0, 900),
  span(3, 2, 'driver.call', 0, 800),
]);
const slow = buildTrace([
  span(11, null, 'job.execute', 0, 2000),
  span(12, 11, 'backend.warmup', 0, 200),
  span(13, 11, 'agent.ask', 200, 1700),
  span(14, 13, 'driver.call', 200, 1600),
]);
const job = (job_id: string) => ({
  job_id,
  status: 'succeeded',
  backend_type: 'ollama',
  model: 'm',
  question: 'Why?',
});
const blob = (trace: TraceColumns): Blob => new Blob([encodeTrace(trace)]);

let root: Root;
let host: HTMLElement;

function show(view: ReactNode, answers: Answers): FakeEngine {
  const engine = fakeEngine(answers);
  root.render(
    <MantineProvider>
      <ApiProvider connection={engine.connection} queryClient={createQueryClient()}>
        <ActionProvider>{view}</ActionProvider>
      </ApiProvider>
    </MantineProvider>,
  );
  return engine;
}
const traces: Answers = {
  'jobs.get': ({ job_id }: { job_id: string }) => job(job_id),
  'trace.columns': ({ job_id }: { job_id: string }) => blob(job_id === 'quick' ? quick : slow),
};
const rows = (): string[] =>
  [...host.querySelectorAll<HTMLElement>('[role="treegrid"] [data-row]')]
    .filter((row) => !row.hidden)
    .sort((a, b) => Number(a.dataset.row) - Number(b.dataset.row))
    .map((row) => row.textContent ?? '');
const active = (): string => {
  const grid = host.querySelector('[role="treegrid"]');
  return document.getElementById(grid?.getAttribute('aria-activedescendant') ?? '')?.textContent ?? '';
};
const hash = (): string => window.location.hash;

beforeEach(async () => {
  await page.viewport(1024, 700);
  host = document.createElement('div');
  host.style.cssText = 'position:fixed;inset:0;display:flex;flex-direction:column';
  document.body.append(host);
  root = createRoot(host);
});
afterEach(() => {
  root.unmount();
  host.remove();
  window.location.hash = '';
});

describe('the trace diff', () => {
  const own = (job_id: string) => ({ source: 'own', job_id });
  const open = (): FakeEngine => {
    window.location.hash = paths.diff(own('quick'), own('slow'));
    return show(<DiffPage />, traces);
  };

  it('says what explains the difference, and shows a row per step with its delta', async () => {
    open();
    await expect.poll(() => rows().length).toBe(4);
    expect(host.textContent).toContain('B took 1.00 s longer than A: 2.00 s against 1.00 s.');
    expect(host.textContent).toContain('agent.ask/driver.call explains 80.0 % of the 1.00 s difference');
    const [execute, warmup, ask, call] = rows();
    expect(execute).toContain('▲+1.00 s');
    expect(warmup).toMatch(/backend\.warmup.*only in B.*200 ms/);
    expect(ask).toContain('▲+800 ms');
    expect(call).toMatch(/driver\.call.*longer in B: 800 ms in A, 1\.60 s in B/);
  });

  it('goes to the largest differences with e, opens the span with Enter, and the other job’s with 1', async () => {
    open();
    await expect.poll(() => active()).toContain('job.execute');
    await userEvent.keyboard('o');
    await expect.poll(() => rows()[0]).toContain('driver.call');
    expect(hash()).toContain('sort=share');
    await userEvent.keyboard('{Home}e');
    await expect.poll(() => active()).toContain('backend.warmup');
    await userEvent.keyboard('{Home}{Enter}');
    expect(hash()).toBe(`#/s/own/jobs/slow?span=${id(14)}`);
    window.history.back();
    await expect.poll(() => rows().length).toBe(4);
    await userEvent.keyboard('{Home}1');
    expect(hash()).toBe(`#/s/own/jobs/quick?span=${id(3)}`);
  });

  it('swaps its sides', async () => {
    open();
    await expect.poll(() => rows().length).toBe(4);
    await page.getByRole('button', { name: 'Swap' }).click();
    await expect.poll(() => host.textContent).toContain('B took 1.00 s less than A');
    expect(hash()).toBe(`#${paths.diff(own('slow'), own('quick'))}`);
    expect(rows().find((row) => row.includes('backend.warmup'))).toContain('only in A');
  });

  it('says which job could not be read, and what is missing from the link', async () => {
    window.location.hash = paths.diff(own('quick'), own('gone'));
    show(<DiffPage />, {
      ...traces,
      'trace.columns': ({ job_id }: { job_id: string }) =>
        job_id === 'gone' ? fail({ code: 'job.not_found', message: 'There is no job gone.' }) : blob(quick),
    });
    await expect.poll(() => host.textContent).toContain('Job B could not be read.');
    window.location.hash = '/diff?a=own/quick';
    await expect.poll(() => host.textContent).toContain('Two jobs are needed');
  });
});

describe('the percentile waterfall', () => {
  const bands: TraceBands = {
    rows: [
      {
        path: 'job.execute',
        name: 'job.execute',
        depth: 0,
        parent: -1,
        n: 40,
        errors: 0,
        start: [0, 0, 0],
        duration: [900, 1000, 2100],
        slowest: { source: 'own', job_id: 'tail', span_id: id(1), duration_ms: 3000 },
      },
      {
        path: 'job.execute/driver.call',
        name: 'driver.call',
        depth: 1,
        parent: 0,
        n: 38,
        errors: 2,
        start: [10, 20, 60],
        duration: [700, 800, 1900],
        slowest: { source: 'store:/x.db', job_id: 'tail', span_id: id(2), duration_ms: 2800 },
      },
    ],
    jobs: 40,
    left_out: 3,
    duplicates: 0,
    rows_left_out: 0,
    took_ms: 12,
  };

  it('says its figures in words, and leads to the slowest job’s span', async () => {
    window.location.hash = paths.bands({
      jobs: [
        { source: 'own', job_id: 'a' },
        { source: 'own', job_id: 'b' },
      ],
    });
    const engine = show(<BandsPage />, { 'compare.bands': () => bands });
    await expect.poll(() => rows().length).toBe(2);
    expect(engine.inputsOf('compare.bands')).toEqual([
      {
        jobs: [
          { source: 'own', job_id: 'a' },
          { source: 'own', job_id: 'b' },
        ],
      },
    ]);
    expect(host.textContent).toContain('varies most is job.execute/driver.call: 700 ms to 1.90 s');
    expect(host.textContent).toContain('3 jobs left out');
    expect(rows()[1]).toContain(
      'median 800 ms, 10th to 90th percentile 700 ms to 1.90 s, in 38 of 40 jobs, 2 with',
    );
    await userEvent.keyboard('j{Enter}');
    expect(hash()).toBe(`#${paths.job('store:/x.db', 'tail', id(2))}`);
  });

  it('takes the jobs of a filter, the newest of all sources and each once, and has a table', async () => {
    window.location.hash = paths.bands({
      sources: ['own', 'other'],
      where: { backend_type: ['ollama'] },
      title: 'ollama',
    });
    const engine = show(<BandsPage />, {
      'compare.bands': () => bands,
      'jobs.list': ({ source }: { source: string }) => ({
        jobs:
          source === 'own'
            ? [
                { job_id: 'both', created_at: 5 },
                { job_id: 'mine', created_at: 1 },
              ]
            : [
                { job_id: 'theirs', created_at: 9 },
                { job_id: 'both', created_at: 5 },
              ],
        total: 2,
      }),
    });
    await expect.poll(() => rows().length).toBe(2);
    expect(engine.inputsOf('jobs.list')).toContainEqual(
      expect.objectContaining({ source: 'other', backend_type: ['ollama'], demo: false, limit: 1000 }),
    );
    expect(engine.inputsOf('compare.bands')).toEqual([
      {
        jobs: [
          { source: 'other', job_id: 'theirs' },
          { source: 'own', job_id: 'both' },
          { source: 'own', job_id: 'mine' },
        ],
      },
    ]);
    await userEvent.keyboard('t');
    await expect.poll(() => host.querySelectorAll('tbody tr').length).toBe(2);
    expect(host.querySelector('tbody tr:last-child')?.textContent).toContain(
      'driver.call38210.0 ms20.0 ms60.0 ms',
    );
  });

  it('counts jobs beyond the page once, though two sources have them', async () => {
    window.location.hash = paths.bands({ sources: ['own', 'other'], where: {}, title: 'all' });
    show(<BandsPage />, {
      'compare.bands': () => ({ ...bands, jobs: 2, left_out: 0 }),
      'compare.run': () => ({ jobs: 1200 }),
      'jobs.list': ({ source }: { source: string }) => ({
        jobs: [
          { job_id: 'both', tenant_id: 'default', created_at: 5 },
          { job_id: source, tenant_id: 'default', created_at: 4 },
        ],
        total: 1100,
      }),
    });
    await expect.poll(() => host.textContent).toContain('of 1,200 jobs were taken');
  });

  it('says what to do where the link takes no job', async () => {
    window.location.hash = '/bands?jobs=none';
    show(<BandsPage />, {});
    await expect.poll(() => host.textContent).toContain('No spans to lay over one another');
  });
});
