import '@mantine/core/styles.css';
import '#renderer/styles/tokens.css';
import '#renderer/styles/base.css';
import { MantineProvider } from '@mantine/core';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { ApiProvider, createQueryClient } from '#renderer/client/query.tsx';
import { paths } from '#renderer/client/routes.ts';
import { type FakeEngine, fail, fakeEngine } from '#renderer/client/testing.ts';
import type { JobDetail } from '#shared/contract/types.ts';
import { archivedSource } from '#shared/model/source.ts';
import { CompareWith } from './compare-with.tsx';

const MINE = '00000000-0000-4000-a000-000000000001';
const OTHER = '00000000-0000-4000-a000-000000000002';
const job = { job_id: MINE, kind: 'benchmark', agent: 'holmes' } as JobDetail;
const row = (job_id: string) => ({
  job_id,
  status: 'succeeded',
  backend_type: 'ollama',
  model: 'm',
  duration_ms: 1200,
  created_at: 1_790_000_000,
});

let root: Root;
let host: HTMLElement;

function show(source: string): FakeEngine {
  const engine = fakeEngine({
    'jobs.list': () => ({ jobs: [row(MINE), row(OTHER)], total: 2 }),
    'jobs.get': ({ job_id }: { job_id: string }) =>
      job_id === OTHER ? row(OTHER) : fail({ code: 'job.not_found', message: `There is no job ${job_id}.` }),
  });
  root.render(
    <MantineProvider>
      <ApiProvider connection={engine.connection} queryClient={createQueryClient()}>
        <CompareWith source={source} job={job} opened={true} onOpened={() => {}} />
      </ApiProvider>
    </MantineProvider>,
  );
  return engine;
}

beforeEach(() => {
  host = document.createElement('div');
  document.body.append(host);
  root = createRoot(host);
});
afterEach(() => {
  root.unmount();
  host.remove();
  window.location.hash = '';
});

describe('comparing a job’s trace with another', () => {
  it('offers recent jobs of its kind and agent, but not itself', async () => {
    const engine = show('store:/x y.db');
    await page.getByRole('button', { name: /00000000.*ollama m/ }).click();
    expect(engine.inputsOf('jobs.list')).toEqual([
      { source: 'store:/x y.db', kind: ['benchmark'], agent: ['holmes'], limit: 9 },
    ]);
    expect(window.location.hash).toBe(
      `#${paths.diff({ source: 'store:/x y.db', job_id: MINE }, { source: 'store:/x y.db', job_id: OTHER })}`,
    );
  });

  it('takes an id, and says so where there is no such job', async () => {
    show('own');
    await page.getByLabelText('Job id').fill('nothing');
    await userEvent.keyboard('{Enter}');
    await expect.element(page.getByText('There is no job nothing.')).toBeVisible();
    expect(window.location.hash).toBe('');
    await page.getByLabelText('Job id').fill(` ${OTHER} `);
    await userEvent.keyboard('{Enter}');
    await expect
      .poll(() => window.location.hash)
      .toBe(`#${paths.diff({ source: 'own', job_id: MINE }, { source: 'own', job_id: OTHER })}`);
  });

  it('looks for the other of an archived result on this computer', async () => {
    const engine = show(archivedSource('s3', 'results/a.json'));
    await expect.element(page.getByRole('button', { name: /ollama m/ })).toBeVisible();
    expect(engine.inputsOf('jobs.list')).toEqual([expect.objectContaining({ source: 'own' })]);
  });
});
