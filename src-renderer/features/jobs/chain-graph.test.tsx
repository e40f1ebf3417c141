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
import { type Answers, type FakeEngine, fail, fakeEngine } from '#renderer/client/testing.ts';
import { TraceStore } from '#renderer/job-view/trace-store.ts';
import { ActionProvider } from '#renderer/widgets/actions/use-actions.tsx';
import type { LiveSpan } from '#shared/contract/types.ts';
import type { ChainNode, ChainState } from '#shared/model/chain.ts';
import { ArtifactsPane } from './artifacts-pane.tsx';
import { ChainGraph } from './chain-graph.tsx';

const step = (id: string, part: Partial<ChainNode> = {}): ChainNode => ({
  id,
  agent_name: 'prompt',
  status: 'pending',
  started_at: null,
  finished_at: null,
  error: null,
  ...part,
});
const span = (span_id: string, name: string, label: string, parent_span_id: string | null): LiveSpan => ({
  span_id,
  parent_span_id,
  job_id: 'j',
  name,
  label,
  start_us: 1_777_000_000_000_000,
  duration_ms: 5,
  flags: 0,
  event_id: 1,
});
const id = (digit: string): string => digit.repeat(16);

let root: Root;
let host: HTMLElement;
let engine: FakeEngine;
let store: TraceStore;
function show(body: ReactNode, answers: Answers): void {
  engine = fakeEngine(answers);
  root.render(
    <MantineProvider theme={theme}>
      <ApiProvider connection={engine.connection} queryClient={createQueryClient()}>
        <ActionProvider>{body}</ActionProvider>
      </ApiProvider>
    </MantineProvider>,
  );
}

beforeEach(async () => {
  window.localStorage.clear();
  await page.viewport(1024, 700);
  host = document.createElement('div');
  host.style.cssText = 'position:fixed;inset:0;overflow:auto';
  document.body.append(host);
  root = createRoot(host);
  store = new TraceStore(undefined, (task) => task());
});
afterEach(() => {
  root.unmount();
  host.remove();
  engine.connection.dispose();
});

function Chain(props: { readonly live?: boolean; readonly selected?: string }): ReactNode {
  const [selected, setSelected] = useState<string | null>(props.selected ?? null);
  return (
    <>
      <ChainGraph
        source="own"
        jobId="j"
        live={props.live ?? false}
        store={store}
        spanId={selected}
        onSpan={setSelected}
      />
      <p data-testid="selected">{selected}</p>
    </>
  );
}
const stepButton = (name: string) => page.getByRole('button', { name: new RegExp(`^${name}`) });

describe('the graph of a chain', () => {
  const state: ChainState = {
    run_id: 'j',
    overall_status: 'failed',
    nodes: [
      step('collect', { status: 'success', started_at: 10, finished_at: 12.5 }),
      step('analyse', { status: 'failed', started_at: 12.5, finished_at: 13, error: 'no model' }),
      step('report', { status: 'skipped', error: 'It needs analyse.' }),
      step('publish'),
    ],
    edges: [
      { from: 'collect', to: 'analyse' },
      { from: 'analyse', to: 'report' },
      { from: 'report', to: 'publish' },
    ],
  };

  it('says how each step came out, from left to right as they need one another', async () => {
    show(<Chain />, { 'chains.state': () => state });
    await expect.element(page.getByText('1 failed, 1 skipped, 1 success, 1 pending')).toBeVisible();
    await expect.element(stepButton('collect')).toHaveTextContent('collectsuccess2.50 sprompt');
    await expect
      .element(stepButton('analyse'))
      .toHaveAttribute('title', expect.stringContaining('after collect\nno model'));
    const left = (name: string): number => stepButton(name).element().getBoundingClientRect().left;
    expect(left('collect')).toBeLessThan(left('analyse'));
    expect(left('analyse')).toBeLessThan(left('report'));
    expect(host.querySelectorAll('svg path[data-status="success"]')).toHaveLength(1);
  });

  it('leads to the span of a step, and marks the step of a span within it', async () => {
    store.apply([
      span(id('1'), 'job.execute', '', null),
      span(id('2'), 'chain.step', 'collect', id('1')),
      span(id('3'), 'agent.ask', 'prompt', id('2')),
      span(id('4'), 'chain.step', 'analyse', id('1')),
    ]);
    show(<Chain selected={id('3')} />, { 'chains.state': () => state });
    await expect.element(stepButton('collect')).toHaveAttribute('aria-pressed', 'true');
    await userEvent.click(stepButton('analyse'));
    await expect.element(page.getByTestId('selected')).toHaveTextContent(id('4'));
    await expect.element(stepButton('analyse')).toHaveAttribute('aria-pressed', 'true');
    await expect.element(stepButton('collect')).toHaveAttribute('aria-pressed', 'false');
    // What has not begun has no span to lead to; what was skipped says why.
    await expect.element(stepButton('publish')).toHaveAttribute('aria-disabled', 'true');
    await expect.element(page.getByText('analyse: no model')).toBeVisible();
    await userEvent.click(stepButton('report'));
    await expect.element(page.getByText('report: It needs analyse.')).toBeVisible();
    await expect.element(stepButton('report')).toHaveAttribute('aria-pressed', 'true');
    await expect.element(page.getByTestId('selected')).toHaveTextContent(id('4'));
    await userEvent.click(stepButton('collect'));
    await expect.element(page.getByTestId('selected')).toHaveTextContent(id('2'));
    await expect.element(stepButton('report')).toHaveAttribute('aria-pressed', 'false');
  });

  it('is folded away by key, and stays so', async () => {
    show(<Chain />, { 'chains.state': () => state });
    await expect.element(stepButton('collect')).toBeVisible();
    await userEvent.keyboard('7');
    await expect.element(page.getByText('collect', { exact: true })).not.toBeVisible();
    await expect.element(page.getByText('1 failed, 1 skipped, 1 success, 1 pending')).toBeVisible();
    await page.getByRole('button', { name: 'Steps' }).click();
    await expect.element(stepButton('collect')).toBeVisible();
  });

  it('moves while the chain runs', async () => {
    let status: ChainNode['status'] = 'running';
    show(<Chain live />, {
      'chains.state': () => ({
        ...state,
        nodes: [step('collect', { status, started_at: Date.now() / 1000 })],
        edges: [],
      }),
    });
    await expect.poll(() => stepButton('collect').element().textContent).toContain('running');
    status = 'success';
    await expect.poll(() => stepButton('collect').element().textContent).toContain('success');
  });

  it('is not there for a chain that has not begun, and says when its steps cannot be read', async () => {
    show(<Chain />, { 'chains.state': () => ({ ...state, nodes: [], edges: [] }) });
    await expect.element(page.getByTestId('selected')).toBeInTheDocument();
    expect(host.querySelector('section')).toBeNull();
    root.unmount();
    root = createRoot(host);
    show(<Chain />, { 'chains.state': () => fail({ code: 'store.locked', message: 'It is locked.' }) });
    await expect.element(page.getByText('The steps could not be read.')).toBeVisible();
  });
});

describe('artifacts', () => {
  const artifact = {
    artifact_id: 'a-1',
    kind: 'log',
    name: 'report.json',
    size_bytes: 9,
    sha256: 'f'.repeat(64),
    created_at: 1_777_000_000,
  };

  it('are opened as text, and what runs in a page does not run', async () => {
    const content = new Blob(['{"a":"<img src=x onerror=alert(1)>"}']);
    show(<ArtifactsPane source="own" jobId="j" artifacts={[artifact]} />, {
      'artifacts.get': () => ({
        name: 'report.json',
        kind: 'log',
        media_type: 'text/plain',
        sha256: '',
        content,
      }),
    });
    await userEvent.click(page.getByRole('button', { name: 'Open report.json' }));
    await expect.element(page.getByRole('dialog', { name: 'report.json' })).toBeVisible();
    await expect
      .poll(() => document.querySelector('[role="dialog"] pre')?.textContent)
      .toBe('{\n  "a": "<img src=x onerror=alert(1)>"\n}');
    await expect.element(page.getByRole('button', { name: 'Save file' })).toBeVisible();
    expect(document.querySelector('[role="dialog"] img')).toBeNull();
  });

  it('that are gone are said to be', async () => {
    show(<ArtifactsPane source="own" jobId="j" artifacts={[artifact]} />, {
      'artifacts.get': () => fail({ code: 'artifact.not_found', message: 'The file is not in the store.' }),
    });
    await userEvent.click(page.getByRole('button', { name: 'Open report.json' }));
    await expect.element(page.getByText('The file could not be read.')).toBeVisible();
  });
});
