import '@mantine/core/styles.css';
import '#renderer/styles/tokens.css';
import '#renderer/styles/base.css';
import { MantineProvider } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { theme } from '#renderer/app/theme.ts';
import { ApiProvider, createQueryClient } from '#renderer/client/query.tsx';
import { type FakeEngine, fail, fakeEngine } from '#renderer/client/testing.ts';
import { draw, idOf } from '#renderer/job-view/testing.ts';
import { TraceStore } from '#renderer/job-view/trace-store.ts';
import type { LogQuery } from '#shared/contract/http.ts';
import type { LogLine } from '#shared/model/logs.ts';
import { JobLogs } from './job-logs.tsx';
import { answerLogs, madeLine } from './testing.ts';

const TRACE = `
job        |------------|
  ready    |---|
    warm    |-|
  ask          |--------|
`;
let root: Root;
let host: HTMLElement;
let engine: FakeEngine;
let kept: LogLine[];
let store: TraceStore;

function Panel(props: { readonly live: boolean }): ReactNode {
  const [span, setSpan] = useState<string | null>(null);
  return (
    <>
      <output data-testid="span">{span}</output>
      {['ready', 'ask'].map((name) => (
        <button key={name} type="button" onClick={() => setSpan(idOf(name))}>
          {name}
        </button>
      ))}
      <JobLogs
        jobId="j1"
        store={store}
        spanId={span}
        live={props.live}
        onSpan={setSpan}
        onClose={() => setSpan('closed')}
      />
    </>
  );
}

function show(live: boolean, list = (query: LogQuery): unknown => answerLogs(kept, query)): void {
  engine = fakeEngine({ 'logs.list': list });
  root.render(
    <MantineProvider theme={theme}>
      <ApiProvider connection={engine.connection} queryClient={createQueryClient()}>
        <Panel live={live} />
      </ApiProvider>
    </MantineProvider>,
  );
}
const until = (what: () => unknown): Promise<unknown> => expect.poll(what, { timeout: 8_000 }).toBeTruthy();
const rows = (): readonly HTMLElement[] =>
  [...host.querySelectorAll<HTMLElement>('[data-seq]')].sort(
    (a, b) => Number(a.dataset.seq) - Number(b.dataset.seq),
  );
const marked = (): string =>
  rows()
    .filter((row) => row.dataset.marked === 'true')
    .map((row) => row.dataset.seq)
    .join();
const picked = (): string =>
  rows()
    .filter((row) => row.ariaSelected === 'true')
    .map((row) => row.dataset.seq)
    .join();
const span = (): string => host.querySelector('[data-testid="span"]')?.textContent ?? '';

beforeEach(() => {
  window.localStorage.clear();
  store = new TraceStore(draw(TRACE));
  kept = [null, 'ready', 'warm', null, 'ask'].map((name, i) =>
    madeLine({ seq: i + 1, job_id: 'j1', span_id: name === null ? null : idOf(name) }),
  );
  host = document.createElement('div');
  host.style.cssText = 'position:fixed;inset:0;display:flex;flex-direction:column;justify-content:flex-end';
  document.body.append(host);
  root = createRoot(host);
});
afterEach(() => {
  root.unmount();
  host.remove();
  engine.connection.dispose();
});

describe('the log of a job', () => {
  it('marks what fell in the selected span and below it', async () => {
    show(false);
    await until(() => rows().length === 5);
    expect(marked()).toBe('');
    await page.getByRole('button', { name: 'ready' }).click();
    await until(() => marked() === '2,3');
    expect(host.textContent).toContain('2 in the selected span');
    await page.getByRole('button', { name: 'ask' }).click();
    await until(() => marked() === '5');
  });

  it('selects the span of the line that is clicked, and of those walked to by key', async () => {
    show(false);
    await until(() => rows().length === 5);
    rows()[2]?.click();
    await until(() => span() === idOf('warm') && marked() === '3' && picked() === '3');
    host.querySelector<HTMLElement>('[role="grid"]')?.focus();
    await userEvent.keyboard('{ArrowUp}');
    await until(() => span() === idOf('ready') && picked() === '2' && marked() === '2,3');
    await userEvent.keyboard('jj');
    // A line of no span leaves the selection as it is.
    await until(() => span() === idOf('warm'));
  });

  it('grows while the job runs, and is asked for no more when it has ended', async () => {
    show(true);
    await until(() => rows().length === 5);
    kept = [...kept, madeLine({ seq: 6, job_id: 'j1', event: 'job.succeeded' })];
    await until(() => rows().length === 6);
    root.unmount();
    root = createRoot(host);
    show(false);
    await until(() => rows().length === 6);
    await new Promise((resolve) => setTimeout(resolve, 1_300));
    expect(engine.inputsOf('logs.list')).toEqual([{ job_id: 'j1', limit: 500 }]);
  });

  it('says why there is none, and what failed', async () => {
    kept = [];
    show(false);
    await until(() => host.textContent?.includes('it ran elsewhere, or long ago'));
    root.unmount();
    root = createRoot(host);
    show(false, () => fail({ code: 'store.unreadable', message: 'The store cannot be read.' }));
    await until(() => host.querySelector('[role="alert"]')?.textContent?.includes('store.unreadable'));
  });

  it('leads to the whole log, is resized by key, and closed', async () => {
    show(false);
    await until(() => rows().length === 5);
    const panel = host.querySelector<HTMLElement>('section');
    expect(panel?.querySelector('a')?.getAttribute('href')).toBe('#/logs?job=j1');
    const before = panel?.getBoundingClientRect().height ?? 0;
    host.querySelector<HTMLElement>('[role="separator"]')?.focus();
    await userEvent.keyboard('{ArrowUp}{ArrowUp}');
    await until(() => panel?.getBoundingClientRect().height === before + 32);
    await page.getByRole('button', { name: 'Hide the log' }).click();
    await until(() => span() === 'closed');
  });
});
