import '@mantine/core/styles.css';
import '#renderer/styles/tokens.css';
import '#renderer/styles/base.css';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { page } from 'vitest/browser';
import { App } from '#renderer/app/app.tsx';
import { paths } from '#renderer/client/routes.ts';
import { type Answers, type FakeEngine, fail, fakeEngine } from '#renderer/client/testing.ts';
import type { Settings } from '#shared/contract/contract.ts';
import { settingsSchema } from '#shared/contract/settings.ts';
import type { EngineStatus } from '#shared/contract/types.ts';
import type { ArchiveTargetInfo, OutboxEntry } from '#shared/model/archive.ts';
import { NEW_TARGET } from './s3-target-draft.ts';

const SETTINGS: Settings = settingsSchema.parse({
  archive: {
    folder: true,
    environment: true,
    unsuccessful: true,
    targets: [{ ...NEW_TARGET, id: 'lab', name: 'Lab bucket', bucket: 'runs' }],
  },
});
const target = (part: Partial<ArchiveTargetInfo>): ArchiveTargetInfo => ({
  target: 'lab',
  kind: 's3',
  title: 'Lab bucket',
  place: 's3://runs/results/',
  prefix: 'results/',
  from: 'settings',
  delivers: true,
  presigns: true,
  versions: false,
  pending: 0,
  refused: 0,
  delivered: 0,
  down: null,
  ...part,
});
const FOLDER = target({
  target: 'folder',
  kind: 'folder',
  title: 'This computer',
  place: '/data/results/',
  from: 'builtin',
  presigns: false,
  delivered: 204,
});
const entry = (id: number, part: Partial<OutboxEntry> = {}): OutboxEntry => ({
  id,
  job_id: `${id}`.repeat(8),
  target: 'lab',
  key: `results/t/k/2026-01-01/${id}.json`,
  size_bytes: 4096,
  sha256: 'ab'.repeat(32),
  created_at: 1,
  attempts: 3,
  next_attempt_at: Date.now() / 1000 + 90,
  last_error: { code: 'archive.unreachable', message: 'Nothing answers at 127.0.0.1:9.' },
  refused: false,
  ...part,
});
const ANSWERS: Answers = {
  'settings.get': () => SETTINGS,
  'secrets.list': () => [{ name: 'LAB_KEY', kept_in: 'keychain' }],
  'agents.list': () => [],
  'archive.targets': () => [FOLDER, target({})],
  'archive.outbox.list': () => ({ entries: [], total: 0 }),
};

let root: Root;
let host: HTMLElement;
let engine: FakeEngine;
function show(answers: Answers = {}, status: Partial<EngineStatus> = {}): void {
  engine = fakeEngine({ ...ANSWERS, ...answers }, status);
  window.location.hash = paths.settings('archive');
  root.render(<App connection={engine.connection} />);
}
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

describe('settings of the archive', () => {
  it("says at the field, in the engine's words, what keeps a new target from being saved", async () => {
    show({
      'settings.set': () =>
        fail({
          code: 'request.invalid',
          message: 'The input is not valid. archive.targets.1.bucket: is no bucket name.',
        }),
    });
    await page.getByRole('button', { name: 'Add S3 target' }).click();
    const form = page.getByRole('form', { name: 'New S3 target' });
    await form.getByRole('textbox', { name: 'Name' }).fill('Folder');
    await form.getByRole('textbox', { name: 'Bucket' }).fill('no/bucket');
    await form.getByRole('button', { name: 'Save' }).click();
    await expect.element(form.getByText('Correct the marked fields.')).toBeVisible();
    await expect
      .element(form.getByRole('textbox', { name: 'Bucket' }))
      .toHaveAttribute('aria-invalid', 'true');
    await expect.element(form.getByText('is no bucket name', { exact: true })).toBeVisible();
    // The id of a target of the engine itself is not given away.
    const sent = engine.inputsOf('settings.set')[0] as Settings;
    expect(sent.archive.targets.map((one) => one.id)).toEqual(['lab', 'folder-2']);
  });

  it('tests a target as its form has it, and shows each step', async () => {
    show({
      'archive.test': () => ({
        ok: false,
        steps: [
          { name: 'Find the host', ok: true, ms: 2, message: '127.0.0.1' },
          { name: 'Sign in', ok: false, ms: 9, message: 'The secret is wrong: store it again.' },
        ],
      }),
    });
    await page.getByRole('button', { name: 'Edit Lab bucket' }).click();
    const form = page.getByRole('form', { name: 'Edit Lab bucket' });
    await form.getByRole('textbox', { name: 'Bucket' }).fill('other');
    await form.getByRole('button', { name: 'Test Lab bucket' }).click();
    await expect
      .element(form.getByText('The secret is wrong: store it again.', { exact: false }))
      .toBeVisible();
    expect(engine.inputsOf('archive.test')).toEqual([
      { setting: { ...SETTINGS.archive.targets[0], bucket: 'other' } },
    ]);
  });

  it('marks the fields that keep a form from being tested', async () => {
    show({
      'archive.test': () =>
        fail({
          code: 'request.invalid',
          message: 'The input is not valid. setting.prefix: must end with "/" and not begin with it.',
        }),
    });
    await page.getByRole('button', { name: 'Edit Lab bucket' }).click();
    const form = page.getByRole('form', { name: 'Edit Lab bucket' });
    await form.getByRole('button', { name: 'Test Lab bucket' }).click();
    await expect.element(form.getByText('The test could not be run.', { exact: false })).toBeVisible();
    await expect
      .element(form.getByRole('textbox', { name: 'Prefix' }))
      .toHaveAttribute('aria-invalid', 'true');
  });

  it('shows a target that is down, and tries it again', async () => {
    show({
      'archive.targets': () => [
        FOLDER,
        target({
          pending: 2,
          delivered: 7,
          down: {
            failure: { code: 'archive.clock_skew', message: 'This clock is 20 minutes behind.' },
            next_attempt_at: Date.now() / 1000 + 200,
          },
        }),
      ],
      'archive.outbox.retry': () => undefined,
    });
    await expect.element(text('204 delivered')).toBeVisible();
    await expect.element(text('7 delivered, 2 waiting')).toBeVisible();
    await expect.element(text('This clock is 20 minutes behind.')).toBeVisible();
    await expect.element(text(/next try in 3 m/)).toBeVisible();
    await page.getByRole('button', { name: 'Retry Lab bucket now' }).click();
    await expect.poll(() => engine.inputsOf('archive.outbox.retry')).toEqual([{ target: 'lab' }]);
  });

  it('gives results up only when asked for by their number', async () => {
    let waiting = [entry(1), entry(2, { target: 'gone' }), entry(3)];
    show({
      'archive.targets': () => [
        FOLDER,
        target({ pending: 2 }),
        target({ target: 'gone', kind: 'missing', title: 'gone', place: '', pending: 1, delivers: false }),
      ],
      'archive.outbox.list': () => ({ entries: waiting, total: waiting.length }),
      'archive.outbox.drop': ({ ids }: { ids: readonly number[] }) => {
        waiting = waiting.filter((one) => !ids.includes(one.id));
        return { dropped: ids.length };
      },
    });
    const table = page.getByRole('table', { name: 'Results waiting for delivery' });
    await expect.element(table.getByText('gone (removed)')).toBeVisible();
    await expect.element(text('This target is no longer configured.')).toBeVisible();
    await table.getByRole('checkbox', { name: 'Mark all on this page' }).click();
    await page.getByRole('button', { name: 'Give up 3 results…' }).click();
    const asked = page.getByRole('alertdialog');
    await asked.getByRole('button', { name: 'Keep' }).click();
    expect(engine.inputsOf('archive.outbox.drop')).toEqual([]);
    await page.getByRole('button', { name: 'Give up 3 results…' }).click();
    await asked.getByRole('button', { name: 'Give up 3 results' }).click();
    await expect.element(text('Nothing waits for delivery.')).toBeVisible();
    expect(engine.inputsOf('archive.outbox.drop')).toEqual([{ ids: [1, 2, 3] }]);
  });

  it('warns in the status bar while delivery is in trouble', async () => {
    show({}, { archive_pending: 3, archive_trouble: 'Lab bucket does not answer.' });
    const part = page.getByRole('link', { name: /archive: 3 pending/ });
    await expect.element(part).toHaveAttribute('data-tone', 'warning');
    await expect.element(part).toHaveAttribute('title', 'Lab bucket does not answer.');
    await expect.element(part).toHaveAttribute('href', `#${paths.settings('archive')}`);
  });
});
