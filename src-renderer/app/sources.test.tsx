import '@mantine/core/styles.css';
import '#renderer/styles/tokens.css';
import '#renderer/styles/base.css';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { page } from 'vitest/browser';
import { paths } from '#renderer/client/routes.ts';
import { type Answers, type FakeEngine, fail, fakeEngine } from '#renderer/client/testing.ts';
import { settingsSchema } from '#shared/contract/settings.ts';
import type { Failure } from '#shared/model/failure.ts';
import { EXTERNAL, remoteSource, type SourceInfo } from '#shared/model/source.ts';
import { buildTrace } from '#shared/model/trace-build.ts';
import { encodeTrace } from '#shared/model/trace-columns.ts';
import { App } from './app.tsx';

const TEAM = remoteSource('team');
const BROKEN: Failure = { code: 'remote.unreachable', message: 'Team cannot be reached.' };
const source = (part: Partial<SourceInfo>): SourceInfo => ({
  source: 'own',
  kind: 'own',
  title: 'This computer',
  path: '/data/runescope.db',
  writable: true,
  snapshot: false,
  indexed_events: 0,
  total_events: 0,
  provides: { recorded_starts: true, recorded_parents: true, live: true, cancel: true, estimates: true },
  notes: [],
  ...part,
});
const team = (part: Partial<SourceInfo> = {}): SourceInfo =>
  source({ source: TEAM, kind: 'remote', title: 'Team', path: 'http://team:8080', ...part });
const file = source({
  source: 'file-1',
  kind: 'file',
  title: 'trace.json',
  path: '/tmp/trace.json',
  writable: false,
  provides: { recorded_starts: true, recorded_parents: true, live: false, cancel: false, estimates: false },
  notes: ['OTLP as it was when it was opened.'],
});

let root: Root;
let host: HTMLElement;
let engine: FakeEngine;
let open: SourceInfo[];

function show(hash: string, answers: Answers = {}): void {
  engine = fakeEngine({
    'sources.list': () => open,
    'settings.get': () =>
      settingsSchema.parse({
        remotes: [{ id: 'team', name: 'Team', url: 'http://team:8080', token_secret: null }],
      }),
    'jobs.list': () => ({ jobs: [], total: 0 }),
    'jobs.facets': () => ({}),
    'backends.discover': () => [],
    'backends.models': () => [],
    'agents.list': () => [],
    'offers.rentals': () => fail({ code: 'internal', message: 'Not here.' }),
    ...answers,
  });
  window.location.hash = hash;
  root.render(<App connection={engine.connection} />);
}
const switcher = () => page.getByRole('button', { name: /^Source:/ });
const note = (): string => host.querySelector('[role="note"]')?.textContent ?? '';
const until = (what: () => unknown): Promise<unknown> => expect.poll(what, { timeout: 8_000 }).toBeTruthy();

beforeEach(async () => {
  await page.viewport(1440, 900);
  window.localStorage.clear();
  open = [source({})];
  host = document.createElement('div');
  host.style.cssText = 'position:fixed;inset:0';
  document.body.append(host);
  root = createRoot(host);
});
afterEach(() => {
  root.unmount();
  engine.connection.dispose();
  host.remove();
  window.location.hash = '';
});

describe('the switcher', () => {
  it('offers remotes of the settings before they are connected', async () => {
    show('#/s/own/jobs');
    await switcher().click();
    await expect
      .element(page.getByRole('menuitem', { name: /Team remote, not connected yet/ }))
      .toBeVisible();
    open = [source({}), team()];
    await page.getByRole('menuitem', { name: /Team remote/ }).click();
    await until(() => window.location.hash === `#${paths.jobs(TEAM)}`);
    await expect.element(switcher()).toHaveAccessibleName('Source: Team');
  });

  it('says which kind each source is, and closes what can be closed', async () => {
    open = [
      source({}),
      source({ source: EXTERNAL, kind: 'external', title: 'External traces', path: 'over OTLP' }),
      file,
    ];
    show(`#${paths.jobs('file-1')}`, { 'sources.close': () => undefined });
    await expect.element(switcher()).toHaveAccessibleName('Source: trace.json');
    await switcher().click();
    await expect.element(page.getByRole('menuitem', { name: /External traces over OTLP/ })).toBeVisible();
    await page.getByRole('menuitem', { name: 'Close trace.json' }).click();
    await until(() => engine.inputsOf('sources.close').length === 1);
    expect(engine.inputsOf('sources.close')).toEqual([{ source: 'file-1' }]);
    expect(window.location.hash).toBe('#/s/own/jobs');
  });
});

describe('what is said of a source', () => {
  it('is what it cannot provide', async () => {
    open = [source({}), file];
    show(`#${paths.jobs('file-1')}`);
    await until(() => note().includes('trace.json'));
    expect(note()).toContain('Read only · not live · no estimates · OTLP as it was when it was opened.');
    await expect.element(page.getByText('This file holds no traces')).toBeVisible();
  });

  it('is why a remote is not up to date, until it is again', async () => {
    open = [
      source({}),
      team({ trouble: BROKEN, notes: ['Shown is what was known last. Team cannot be reached.'] }),
    ];
    show(`#${paths.jobs(TEAM)}`, {
      'sources.connect': () => {
        open = [source({}), team({ notes: ['Starts are inferred.'] })];
        return open[1];
      },
    });
    await until(() => note().startsWith('Team · Team cannot be reached.'));
    expect(note().match(/cannot be reached/g)).toHaveLength(1);
    await expect.element(switcher()).toHaveAccessibleName('Source: Team, in trouble');
    await page.getByRole('button', { name: 'Try again' }).click();
    await until(() => note() === 'Team · Starts are inferred.');
    expect(engine.inputsOf('sources.connect')).toEqual([{ remote: 'team' }]);
  });

  it('is, of a remote that was never reached, what to do', async () => {
    show(`#${paths.jobs(TEAM)}`, { 'jobs.list': () => fail(BROKEN) });
    await expect.element(page.getByText('remote.unreachable')).toBeVisible();
    await expect.element(switcher()).toHaveAccessibleName('Source: Team');
    await expect
      .element(page.getByRole('link', { name: 'Remotes' }))
      .toHaveAttribute('href', `#${paths.settings('remotes')}`);
  });
});

describe('external traces', () => {
  it('are named before the first has come, and say what fills them; theirs is no job to run again', async () => {
    const job = {
      job_id: 'trace-1',
      tenant_id: 'default',
      kind: 'external',
      status: 'succeeded',
      created_at: 1_794_990_000,
      request: null,
      estimate: null,
      result: null,
      error: null,
      notes: [],
      artifacts: [],
      spans_recorded: true,
    };
    show(`#${paths.jobs(EXTERNAL)}`, {
      'jobs.get': () => job,
      'trace.columns': () => new Blob([encodeTrace(buildTrace([]))]),
    });
    await expect.element(switcher()).toHaveAccessibleName('Source: External traces');
    await expect.element(page.getByText('No trace came in yet')).toBeVisible();
    open = [
      source({}),
      source({ source: EXTERNAL, kind: 'external', title: 'External traces', notes: ['From others.'] }),
    ];
    await until(() => note().includes('From others.'));
    window.location.hash = `#${paths.job(EXTERNAL, 'trace-1')}`;
    await expect.element(page.getByRole('button', { name: 'Export' })).toBeVisible();
    await expect.element(page.getByRole('button', { name: 'Re-run', exact: true })).not.toBeInTheDocument();
  });
});

describe('a remote without jobs', () => {
  it('has its jobs opened by id, and new ones started there', async () => {
    open = [source({}), team()];
    show(`#${paths.jobs(TEAM)}`);
    await expect.element(page.getByText('No job of Team is known here yet')).toBeVisible();
    await expect
      .element(page.getByRole('link', { name: 'New job there…' }))
      .toHaveAttribute('href', '#/new?at=remote%3Ateam');
    await page.getByRole('textbox', { name: 'Id of a job there' }).fill(' abc-1 ');
    await page.getByRole('button', { name: 'Open', exact: true }).click();
    await until(() => window.location.hash === `#${paths.job(TEAM, 'abc-1')}`);
  });
});
