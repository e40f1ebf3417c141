import '@mantine/core/styles.css';
import '#renderer/styles/tokens.css';
import '#renderer/styles/base.css';
import { MantineProvider } from '@mantine/core';
import type { ReactNode } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { Router } from 'wouter';
import { theme } from '#renderer/app/theme.ts';
import { useHashPath } from '#renderer/client/hash-location.ts';
import { ApiProvider, createQueryClient } from '#renderer/client/query.tsx';
import { paths } from '#renderer/client/routes.ts';
import { type Answers, type FakeEngine, fail, fakeEngine } from '#renderer/client/testing.ts';
import { ActionProvider } from '#renderer/widgets/actions/use-actions.tsx';
import { settingsSchema } from '#shared/contract/settings.ts';
import type { JobRow } from '#shared/model/job.ts';
import { remoteSource } from '#shared/model/source.ts';
import { NewJobPage } from './new-job-page.tsx';
import { isCancellable, useJobActions } from './use-job-actions.tsx';

const TEAM = remoteSource('team');
const JOB = { job_id: 'there-1', kind: 'benchmark', tenant_id: 'lab', status: 'running' } as JobRow;

let root: Root;
let host: HTMLElement;
let engine: FakeEngine;

function show(body: ReactNode, answers: Answers = {}): void {
  engine = fakeEngine({
    'settings.get': () =>
      settingsSchema.parse({
        remotes: [{ id: 'team', name: 'Team', url: 'http://team:8080', tenant: 'lab', token_secret: null }],
      }),
    'backends.discover': () => [],
    'backends.models': () => [],
    'agents.list': () => [],
    'costs.gate': () => fail({ code: 'request.invalid', message: 'Not yet.' }),
    ...answers,
  });
  root.render(
    <MantineProvider theme={theme}>
      <ApiProvider connection={engine.connection} queryClient={createQueryClient()}>
        <ActionProvider>
          <Router hook={useHashPath}>{body}</Router>
        </ActionProvider>
      </ApiProvider>
    </MantineProvider>,
  );
}
const creates = (): readonly unknown[] => engine.inputsOf('jobs.create');
const dialog = () => page.getByRole('dialog');

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
  engine.connection.dispose();
  window.location.hash = '';
});

describe('a new job on a remote', () => {
  beforeEach(() => {
    window.location.hash = `${paths.newJob()}?at=${encodeURIComponent(TEAM)}`;
  });

  it('is sent there, with what is known there and nothing of this computer', async () => {
    show(<NewJobPage />, { 'jobs.create': () => ({ job_id: 'there-2', created: true }) });
    await expect.element(page.getByText('http://team:8080')).toBeVisible();
    await page.getByRole('textbox', { name: 'Question' }).fill('Why?');
    await page.getByRole('textbox', { name: 'Agent' }).fill('holmes');
    await page.getByRole('textbox', { name: 'Base URL' }).fill('http://gpu:11434');
    await page.getByRole('button', { name: 'Start job' }).click();
    await expect.poll(() => window.location.hash).toBe(`#${paths.job(TEAM, 'there-2')}`);
    expect(creates()).toEqual([
      expect.objectContaining({
        source: TEAM,
        kind: 'agentic-agent',
        request: expect.objectContaining({
          agent: 'holmes',
          backend_url: 'http://gpu:11434',
          question: 'Why?',
        }),
      }),
    ]);
    for (const name of ['collector', 'tenant_id']) expect(creates()[0]).not.toHaveProperty(name);
    // What it costs there, nobody here can say.
    const asked = engine.calls.map(({ path }) => path);
    expect(asked.slice(0, asked.indexOf('jobs.create'))).not.toContain('costs.gate');
  });

  it('agrees to what the remote asks, in its words', async () => {
    show(<NewJobPage />, {
      'jobs.create': ({ approved_usd }: { readonly approved_usd: number | null }) =>
        approved_usd === null || approved_usd < 9
          ? fail({ code: 'cost.approval_needed', message: 'Team estimates $7.25 for an hour.' })
          : { job_id: 'there-3', created: true },
    });
    await page.getByRole('textbox', { name: 'Question' }).fill('Why?');
    await userEvent.keyboard('{Control>}{Enter}{/Control}');
    await expect.element(dialog()).toBeVisible();
    await expect.element(dialog().getByText('Team estimates $7.25 for an hour.')).toBeVisible();
    // One Enter too many spends nothing.
    await expect.element(dialog().getByRole('button', { name: 'Cancel' })).toHaveFocus();
    await dialog().getByRole('button', { name: 'Run for up to $7.25' }).click();
    await expect.element(dialog().getByText('It was not run: $7.25 is not enough.')).toBeVisible();
    await dialog().getByRole('textbox').fill('9.5');
    await dialog().getByRole('button', { name: 'Run for up to $9.50' }).click();
    await expect.poll(() => window.location.hash).toBe(`#${paths.job(TEAM, 'there-3')}`);
    expect(creates().map((one) => (one as { approved_usd: number }).approved_usd)).toEqual([null, 7.25, 9.5]);
  });

  it('may be changed to run here', async () => {
    show(<NewJobPage />, { 'jobs.create': () => ({ job_id: 'here-1', created: true }) });
    await page.getByRole('combobox', { name: 'Runs on' }).click();
    await page.getByRole('option', { name: 'This computer' }).click();
    await expect.element(page.getByRole('textbox', { name: 'Tenant' })).toBeVisible();
    await page.getByRole('textbox', { name: 'Question' }).fill('Why?');
    await page.getByRole('button', { name: 'Start job' }).click();
    await expect.poll(() => window.location.hash).toBe(`#${paths.job('own', 'here-1')}`);
    expect(creates()[0]).not.toHaveProperty('source');
  });
});

function Actions(): ReactNode {
  const actions = useJobActions();
  return (
    <main>
      {actions.strip}
      <button type="button" onClick={() => actions.askCancel(TEAM, [JOB])}>
        Stop
      </button>
      <button type="button" onClick={() => actions.rerun(TEAM, JOB)}>
        Again
      </button>
    </main>
  );
}

describe('a job of a remote', () => {
  it('is cancelled there', async () => {
    expect(isCancellable(TEAM, JOB)).toBe(true);
    expect(isCancellable('store-1', JOB)).toBe(false);
    show(<Actions />, { 'jobs.cancel': () => ({ status: 'cancelled' }) });
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByRole('button', { name: 'Cancel job there-1' }).click();
    await expect.poll(() => engine.inputsOf('jobs.cancel')).toEqual([{ source: TEAM, job_id: 'there-1' }]);
  });

  it('is run again there', async () => {
    show(<Actions />, {
      'jobs.get': () => ({ ...JOB, request: { question: 'Q' } }),
      'jobs.create': () => ({ job_id: 'there-4', created: true }),
    });
    await page.getByRole('button', { name: 'Again' }).click();
    await expect.poll(() => window.location.hash).toBe(`#${paths.job(TEAM, 'there-4')}`);
    expect(creates()[0]).toMatchObject({ source: TEAM, kind: 'benchmark', request: { question: 'Q' } });
  });
});
