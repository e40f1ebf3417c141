import '@mantine/core/styles.css';
import '#renderer/styles/tokens.css';
import '#renderer/styles/base.css';
import { MantineProvider } from '@mantine/core';
import type { QueryClient } from '@tanstack/react-query';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { page } from 'vitest/browser';
import { theme } from '#renderer/app/theme.ts';
import { ApiProvider, createQueryClient } from '#renderer/client/query.tsx';
import { type FakeEngine, fakeEngine } from '#renderer/client/testing.ts';
import { ActionProvider } from '#renderer/widgets/actions/use-actions.tsx';
import type { JobDetail } from '#shared/model/job.ts';
import { buildTrace } from '#shared/model/trace-build.ts';
import { encodeTrace } from '#shared/model/trace-columns.ts';
import { JobContent } from './job-content.tsx';

const RUNNING = {
  job_id: 'job-1',
  tenant_id: 'default',
  kind: 'benchmark',
  status: 'running',
  demo: true,
  agent: 'prompt',
  backend_type: 'demo',
  provider_type: 'existing',
  model: 'demo',
  error_code: null,
  created_at: 1_794_990_000,
  started_at: 1_794_990_001,
  finished_at: null,
  queue_ms: 1000,
  duration_ms: null,
  estimate_usd: null,
  cost_usd: null,
  tokens_total: null,
  span_count: 1,
  error_count: 0,
  suspected_failure: false,
  request: {},
  result: null,
  error: null,
  estimate: null,
  artifacts: [],
  spans_recorded: true,
  notes: [],
} as unknown as JobDetail;
const ENDED: JobDetail = { ...RUNNING, status: 'succeeded', finished_at: 1_794_990_013, duration_ms: 12_000 };

let root: Root;
let host: HTMLElement;
let engine: FakeEngine;
beforeEach(() => {
  host = document.createElement('div');
  host.style.cssText = 'position:fixed;inset:0;display:flex;flex-direction:column';
  document.body.append(host);
  root = createRoot(host);
});
afterEach(() => {
  root.unmount();
  host.remove();
  engine.connection.dispose();
});

describe('a job that is opened again', () => {
  let detail: JobDetail;
  let cache: QueryClient;
  beforeEach(() => {
    engine = fakeEngine({
      'jobs.get': () => detail,
      'trace.columns': () => new Blob([encodeTrace(buildTrace([]))]),
      'archive.outbox.list': () => ({ entries: [], total: 0 }),
      'archive.targets': () => [],
      'costs.budget': () => ({ day_usd: null, job_usd: null, spent_today_usd: 0, committed_usd: 0 }),
    });
    cache = createQueryClient();
  });
  const show = (open: boolean): void =>
    root.render(
      <MantineProvider theme={theme}>
        <ApiProvider connection={engine.connection} queryClient={cache}>
          <ActionProvider>
            {open && <JobContent source="own" jobId="job-1" Logs={() => null} />}
          </ActionProvider>
        </ApiProvider>
      </MantineProvider>,
    );

  it('has ended where it ended while nobody looked, however fresh what was known of it', async () => {
    detail = RUNNING;
    show(true);
    await expect.element(page.getByRole('button', { name: 'Cancel job' })).toBeVisible();
    show(false);
    await expect.element(page.getByRole('button', { name: 'Cancel job' })).not.toBeInTheDocument();
    detail = ENDED;
    show(true);
    await expect.element(page.getByText('succeeded', { exact: true }).first()).toBeVisible();
    await expect.element(page.getByRole('button', { name: 'Cancel job' })).not.toBeInTheDocument();
  });

  it('costs what the bill says that came meanwhile', async () => {
    detail = { ...ENDED, demo: false, cost_usd: 0.25 };
    show(true);
    await expect.element(page.getByTitle('$0.25')).toBeVisible();
    show(false);
    await expect.element(page.getByTitle('$0.25')).not.toBeInTheDocument();
    detail = { ...detail, cost_usd: 0.75 };
    show(true);
    await expect.element(page.getByTitle('$0.75')).toBeVisible();
  });
});
