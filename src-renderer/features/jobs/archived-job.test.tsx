import '@mantine/core/styles.css';
import '#renderer/styles/tokens.css';
import '#renderer/styles/base.css';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { App } from '#renderer/app/app.tsx';
import { paths } from '#renderer/client/routes.ts';
import { type Answers, type FakeEngine, fail, fakeEngine } from '#renderer/client/testing.ts';
import { settingsSchema } from '#shared/contract/settings.ts';
import type { ArchiveTargetInfo, OpenedResult, Verification } from '#shared/model/archive.ts';
import type { JobDetail } from '#shared/model/job.ts';
import { archivedSource } from '#shared/model/source.ts';
import { buildTrace } from '#shared/model/trace-build.ts';
import { encodeTrace } from '#shared/model/trace-columns.ts';

const JOB = '0f8fad5b-d9cb-469f-a165-70867728950e';
const KEY = `results/acme/agentic-agent/2026-11-20/${JOB}.json`;
const SOURCE = archivedSource('lab', KEY);
const HASH = 'ab'.repeat(32);

const TARGET: ArchiveTargetInfo = {
  target: 'lab',
  kind: 's3',
  title: 'Lab bucket',
  place: 's3://runs/results/ at http://127.0.0.1:8333',
  prefix: 'results/',
  from: 'settings',
  delivers: true,
  presigns: true,
  versions: false,
  pending: 0,
  refused: 0,
  delivered: 12,
  down: null,
};
const verification = (part: Partial<Verification> = {}): Verification => ({
  key: KEY,
  verdict: 'unchanged',
  checked_at: Date.now() / 1000,
  size_bytes: 20_480,
  bytes_sha256: 'cd'.repeat(32),
  recorded_sha256: HASH,
  checks: [
    { name: 'hash', ok: true, code: null, message: 'The record has the hash that it carries.' },
    { name: 'versions', ok: null, code: null, message: 'The bucket keeps no versions.' },
  ],
  ...part,
});
const TAMPERED = verification({
  verdict: 'failed',
  checks: [
    { name: 'schema', ok: true, code: null, message: 'It is a rune.result/1.' },
    {
      name: 'hash',
      ok: false,
      code: 'archive.hash_mismatch',
      message: 'The record was changed after it was written.',
    },
  ],
});
const opened = (part: Partial<OpenedResult> = {}): OpenedResult => ({
  source: SOURCE,
  job_id: JOB,
  target: 'lab',
  key: KEY,
  uri: `s3://runs/${KEY}`,
  last_modified: 1_795_000_000,
  verification: verification(),
  ...part,
});
const DETAIL: JobDetail = {
  job_id: JOB,
  tenant_id: 'acme',
  kind: 'agentic-agent',
  status: 'succeeded',
  demo: false,
  agent: 'holmes',
  backend_type: 'ollama',
  provider_type: 'existing',
  model: 'llama3.1:8b',
  question: 'Why is the pod pending?',
  message: null,
  error_code: null,
  created_at: 1_794_990_000,
  started_at: 1_794_990_001,
  finished_at: 1_794_990_021,
  updated_at: 1_794_990_021,
  queue_ms: 1000,
  duration_ms: 20_000,
  estimate_usd: 0.002,
  cost_usd: 0.0021,
  tokens_total: 812,
  span_count: 1,
  error_count: 0,
  suspected_failure: false,
  request: { question: 'Why is the pod pending?' },
  result: { answer: 'No node has a free GPU.' },
  error: null,
  estimate: null,
  artifacts: [],
  spans_recorded: true,
  notes: [`An archived result, read from s3://runs/${KEY}.`, 'Times were text.'],
};
const trace = (): Blob =>
  new Blob([
    encodeTrace(
      buildTrace([
        {
          span_id: '1'.padStart(16, '0'),
          parent_span_id: null,
          name: 'job.execute',
          start_us: 1_794_990_001_000_000,
          duration_us: 20_000_000,
          event_id: 1,
          flags: 0,
          label: '',
          call: null,
        },
      ]),
    ),
  ]);

const ANSWERS: Answers = {
  'archive.open': () => opened(),
  'archive.preview': () => new Promise(() => {}),
  'archive.targets': () => [TARGET],
  'jobs.get': () => DETAIL,
  'trace.columns': trace,
};

let root: Root;
let host: HTMLElement;
let engine: FakeEngine;
function show(path: string, answers: Answers = {}): void {
  engine = fakeEngine({ ...ANSWERS, ...answers });
  window.location.hash = path;
  root.render(<App connection={engine.connection} />);
}
const showArchived = (answers: Answers = {}): void => show(paths.job(SOURCE, JOB), answers);
/** By a part of the text, as a reader would look for it. */
const text = (words: string | RegExp) => page.getByText(words, { exact: false });

beforeEach(async () => {
  await page.viewport(1440, 900);
  host = document.createElement('div');
  host.style.cssText = 'position:fixed;inset:0';
  document.body.append(host);
  root = createRoot(host);
});
afterEach(() => {
  root.unmount();
  host.remove();
  engine.connection.dispose();
});

describe('an archived result in the Job view', () => {
  it('shows what the first bytes say while the rest is read, then the job with what verifying found', async () => {
    let arrive = (_: OpenedResult): void => {};
    showArchived({
      'archive.open': () =>
        new Promise<OpenedResult>((resolve) => {
          arrive = resolve;
        }),
      'archive.preview': () => ({
        key: KEY,
        size_bytes: 20_000_000,
        last_modified: 1_795_000_000,
        etag: null,
        members: { status: 'failed', request: { model: 'big-model' } },
        partial: true,
      }),
    });
    await expect.element(text('Reading 20 MB, not verified yet…')).toBeVisible();
    await expect.element(text('big-model')).toBeVisible();
    arrive(opened());
    await expect.element(page.getByRole('status').getByText('unchanged since written')).toBeVisible();
    await expect.element(page.getByRole('treegrid')).toBeVisible();
    const banner = page.getByRole('region', { name: 'Archived result' });
    await expect.element(banner.getByText(/Lab bucket/)).toBeVisible();
    await expect.element(banner.getByText(KEY, { exact: false })).toBeVisible();
    await expect.element(banner.getByText(HASH.slice(0, 12), { exact: false })).toBeVisible();
    await expect.element(page.getByRole('button', { name: 'Re-run', exact: true })).toBeVisible();
    await expect.element(page.getByText('Times were text.', { exact: true })).toBeVisible();
    expect(page.getByRole('button', { name: /^Cancel/ }).elements()).toEqual([]);
    // Nothing of it is live.
    expect(engine.inputsOf('live.watch').map((input) => (input as { source: string }).source)).not.toContain(
      SOURCE,
    );
  });

  it('opens what was tampered with, and cannot be missed saying so', async () => {
    showArchived({ 'archive.open': () => opened({ verification: TAMPERED }) });
    await expect
      .element(page.getByRole('alert'))
      .toHaveTextContent('FAILED: The record was changed after it was written.');
    await expect.element(page.getByRole('list', { name: 'Checks' })).toBeVisible();
    await expect.element(text('archive.hash_mismatch')).toBeVisible();
    expect(text('It is a rune.result/1.').elements()).toEqual([]);
    await page.getByRole('button', { name: 'Show the other check' }).click();
    await expect.element(text('It is a rune.result/1.')).toBeVisible();
    await expect.element(page.getByRole('treegrid')).toBeVisible();
  });

  it('says why a result does not open, what to do, and where the way back is', async () => {
    showArchived({
      'archive.open': () => fail({ code: 'archive.not_json', message: 'The object is not JSON.' }),
    });
    await expect.element(text('The object is not JSON.')).toBeVisible();
    await expect.element(text('archive.not_json')).toBeVisible();
    await expect.element(page.getByRole('button', { name: 'Download the exact bytes' })).toBeVisible();
    await expect
      .element(page.getByRole('link', { name: 'Back to the archive' }))
      .toHaveAttribute('href', `#${paths.archive('lab', KEY)}`);
  });

  it('is driven by key: verify again, checks, compare, the way back', async () => {
    showArchived({
      'archive.verify.one': () => verification({ bytes_sha256: 'ee'.repeat(32) }),
      'archive.diff': () => ({ has_local: false, differences: [], total: 0 }),
    });
    await expect.element(page.getByRole('treegrid')).toBeVisible();
    await userEvent.keyboard('h');
    await expect.element(text('The bucket keeps no versions.')).toBeVisible();
    await userEvent.keyboard('m');
    await expect.element(text(/This computer does not know the job/)).toBeVisible();
    await userEvent.keyboard('v');
    await expect.element(text('What is stored now is not what is shown.')).toBeVisible();
    expect(engine.inputsOf('archive.verify.one')).toEqual([{ target: 'lab', key: KEY }]);
    await userEvent.keyboard('u');
    await expect.poll(() => window.location.hash).toBe(`#${paths.archive('lab', KEY)}`);
  });

  it('shows what differs from the local record, and which side lacks a member', async () => {
    showArchived({
      'archive.diff': () => ({
        has_local: true,
        total: 1200,
        differences: [
          { pointer: '/result/answer', archived: 'old', local: 'new' },
          { pointer: '/extra', archived: 'x'.repeat(500) },
        ],
      }),
    });
    await page.getByRole('button', { name: 'Compare with local' }).click();
    await expect.element(text('/result/answer')).toBeVisible();
    await expect.element(text('no such member')).toBeVisible();
    await expect.element(text('The first 2 of 1,200.')).toBeVisible();
    await expect
      .element(page.getByRole('button', { name: 'Copy the archived /extra' }))
      .toHaveTextContent(`"${'x'.repeat(159)}…`);
  });

  it('makes a link for as long as was chosen', async () => {
    showArchived({ 'archive.presign': () => ({ url: 'https://signed.test/x', expires_at: 1_795_000_900 }) });
    await expect.element(page.getByRole('treegrid')).toBeVisible();
    await expect.element(text(/Lab bucket/)).toBeVisible();
    await userEvent.keyboard('{Shift>}P{/Shift}');
    await expect.element(text(/Whoever has the link can read this result/)).toBeVisible();
    await page.getByRole('button', { name: 'Make link' }).click();
    await expect
      .poll(() => engine.inputsOf('archive.presign'))
      .toEqual([{ target: 'lab', key: KEY, seconds: 3600 }]);
    await expect
      .element(page.getByRole('textbox', { name: /^Link, until/ }))
      .toHaveValue('https://signed.test/x');
  });
});

describe("an own job's place in the archive", () => {
  it('says what waits and why, and tries again', async () => {
    let delivered = false;
    show(paths.job('own', JOB), {
      'archive.outbox.job': () => [
        {
          target: 'lab',
          key: KEY,
          sha256: HASH,
          delivered_at: delivered ? Date.now() / 1000 : null,
          attempts: delivered ? 0 : 4,
          last_error: delivered ? null : { code: 'archive.unreachable', message: 'Nothing answers there.' },
        },
      ],
      'archive.outbox.push': () => {
        delivered = true;
        return { delivered: 1, pending: 0, failed: [] };
      },
      'settings.get': () => ({ ...settingsSchema.parse({}), archive: { unsuccessful: true } }),
    });
    await page.getByRole('button', { name: /waiting for Lab bucket/ }).click();
    await expect.element(text('Nothing answers there.')).toBeVisible();
    await expect.element(text('waiting, tried 4 times')).toBeVisible();
    await page.getByRole('button', { name: 'Retry now' }).click();
    await expect
      .element(page.getByRole('link', { name: 'Open and verify' }))
      .toHaveAttribute('href', `#${paths.job(SOURCE, JOB)}`);
    expect(engine.inputsOf('archive.outbox.push')).toEqual([{ job_id: JOB }]);
  });
});
