import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import '@mantine/core/styles.layer.css';
import '#renderer/styles/tokens.css';
import '#renderer/styles/base.css';
import { App } from '#renderer/app/app.tsx';
import { Connection } from '#renderer/client/connection.ts';
import { FakeArchive, manyKeys } from './testing.ts';

let root: Root;
let host: HTMLElement;
let fake: FakeArchive;
let connection: Connection;

async function show(hash: string): Promise<void> {
  window.location.hash = hash;
  connection = new Connection(fake.carrier);
  root.render(<App connection={connection} />);
}
const rows = (): readonly HTMLElement[] => [...host.querySelectorAll<HTMLElement>('[role="row"][data-key]')];
const rowAt = (index: number): HTMLElement | null => host.querySelector(`#archive-row-${index}`);
const keyAt = (index: number): string | undefined => rowAt(index)?.dataset.key;
const truth = (): string => host.querySelector('[data-testid="truth"]')?.textContent ?? '';
const until = (what: () => unknown): Promise<unknown> => expect.poll(what, { timeout: 8_000 }).toBeTruthy();
const hash = (): string => decodeURIComponent(window.location.hash);
const calls = (path: string): number => fake.calls.filter((call) => call.path === path).length;

beforeEach(async () => {
  await page.viewport(1280, 800);
  window.localStorage.clear();
  fake = new FakeArchive();
  fake.keys = manyKeys(5_000);
  host = document.createElement('div');
  host.id = 'root';
  host.style.cssText = 'position:fixed;inset:0';
  document.body.append(host);
  root = createRoot(host);
});
afterEach(() => {
  root.unmount();
  connection.dispose();
  host.remove();
  window.location.hash = '';
});

describe('browsing an archive', () => {
  it('shows keys while the listing runs, says so, stops and resumes', async () => {
    let open: (() => void) | null = null;
    const next = async (): Promise<void> => {
      await until(() => open !== null);
      open?.();
      open = null;
    };
    fake.gate = () => new Promise((done) => (open = done));
    await show('#/archive/env');
    await next();
    await until(() => rows().length > 0);
    await until(() => truth().startsWith('loaded 1,000 keys, complete: no · 1 request · listing'));
    await page.getByRole('button', { name: 'Stop' }).click();
    await next();
    await until(() => truth() === 'loaded 1,000 keys, complete: no, the listing was stopped · 1 request');
    fake.gate = null;
    await page.getByRole('button', { name: 'Resume' }).click();
    await until(() => truth().startsWith('5,000 keys, complete: yes'));
    expect(
      host.querySelector('[role="grid"][aria-label="Archived results"]')?.getAttribute('aria-rowcount'),
    ).toBe('5001');
    // One page of rows is drawn, and no row asks for itself.
    expect(rows().length).toBeLessThan(80);
    expect(calls('archive.preview')).toBe(0);
  });

  it('filters by tenant, day and text in the URL, and says what the filter looked at', async () => {
    await show('#/archive/env');
    await until(() => truth().includes('complete: yes'));
    await page.getByRole('checkbox', { name: /^acme/ }).click();
    await until(() => hash().includes('tenant=acme'));
    await until(() => rows().every((row) => row.dataset.key?.startsWith('results/acme/')));
    expect(host.querySelector('[data-testid="filtered"]')?.textContent).toBe(
      '1,667 match, of all 5,000 keys',
    );
    const day = host.querySelector<SVGElement>('[data-date="2026-11-22"]');
    expect(day?.getAttribute('aria-label')).toMatch(/^Sun 2026-11-22: \d+ results$/);
    host.querySelector<HTMLElement>('svg[role="grid"]')?.focus();
    await userEvent.keyboard('{Enter}');
    await until(() => hash().includes('from=2026-11-22&to=2026-11-22'));
    await userEvent.keyboard('{Shift>}{ArrowUp}{ArrowUp}{/Shift}');
    await until(() => hash().includes('from=2026-11-20&to=2026-11-22'));
    expect(day?.getAttribute('aria-selected')).toBe('true');
    await page.getByRole('button', { name: 'Clear' }).click();
    await until(() => hash() === '#/archive/env');
    await page.getByRole('textbox', { name: 'Filter by a part of the key' }).fill('no such key');
    await until(() => host.textContent?.includes('Everything in this archive was looked at.'));
  });

  it('moves, marks ranges and selects everything by key, and previews what the cursor rests on', async () => {
    await show('#/archive/env');
    await until(() => truth().includes('complete: yes') && rows().length > 0);
    host.querySelector<HTMLElement>('[role="grid"][aria-label="Archived results"]')?.focus();
    await userEvent.keyboard('jj');
    await until(() => rowAt(1)?.dataset.cursor === 'true');
    await until(() => hash().includes(`key=${keyAt(1)}`));
    await until(() => host.textContent?.includes('DATABASE_URL'));
    expect(calls('archive.preview')).toBe(1);
    await userEvent.keyboard('{Shift>}jj{/Shift}');
    await until(() => host.textContent?.includes('3 selected'));
    await userEvent.keyboard('{Control>}a{/Control}');
    await until(() => host.textContent?.includes('5,000 selected'));
    await userEvent.keyboard('{Escape}');
    await until(() => !host.textContent?.includes('selected,'));
    await userEvent.keyboard('{Enter}');
    await until(() => window.location.hash.startsWith('#/s/archive%3Aenv%3Aresults'));
  });
});

describe('jumping', () => {
  it('looks for a job id with its requests, and shows what it found', async () => {
    await show('#/archive/env');
    await until(() => truth().includes('complete: yes'));
    const wanted = fake.keys[4_000];
    const field = page.getByRole('textbox', { name: 'Jump to a job id, key or URI' });
    await field.fill(wanted?.job_id ?? '');
    await userEvent.keyboard('{Enter}');
    await until(() => host.textContent?.includes('Found after 14 requests'));
    await until(() => hash().includes(`key=${wanted?.key}`));
    await field.fill('not-there');
    await userEvent.keyboard('{Enter}');
    await until(() => host.textContent?.includes('No result of job not-there after 14 requests'));
    await field.fill(`s3://rune-results/${fake.keys[7]?.key}`);
    await userEvent.keyboard('{Enter}');
    await until(() => hash().includes(`key=${fake.keys[7]?.key}`));
  });

  it('stays possible where listing is refused', async () => {
    fake.failure = { code: 'archive.access_denied', message: 'The key may not list this bucket.' };
    await show('#/archive/env');
    await until(() => host.querySelector('[role="alert"]')?.textContent?.includes('archive.access_denied'));
    expect(host.textContent).toContain('Not listed yet');
    expect(truth()).toContain('complete: no');
    const field = page.getByRole('textbox', { name: 'Jump to a job id, key or URI' });
    await field.fill(fake.keys[7]?.key ?? '');
    await userEvent.keyboard('{Enter}');
    await until(() => host.textContent?.includes('DATABASE_URL'));
  });
});

describe('verifying', () => {
  it('tells one result apart from a tampered one, and leads to the report of many', async () => {
    const tampered = fake.keys[1]?.key ?? '';
    await show(`#/archive/env?key=${encodeURIComponent(tampered)}`);
    await until(() => truth().includes('complete: yes'));
    host.querySelector<HTMLElement>('[role="grid"][aria-label="Archived results"]')?.focus();
    await userEvent.keyboard('v');
    await until(() => host.textContent?.includes('Failed: this is not what was written'));
    expect(host.textContent).toContain('archive.hash_mismatch');
    await userEvent.keyboard('{Shift>}v{/Shift}');
    await until(() => host.textContent?.includes('4,999 results unchanged, 1 failed.'));
    await page.getByRole('link', { name: 'Open the report' }).click();
    await until(() => host.textContent?.includes('1 of 3 results failed.'));
    expect(host.querySelector('article')?.textContent).toContain(tampered);
  });
});

it('says of an empty archive what would be here, and runs the sample', async () => {
  fake.keys = [];
  await show('#/archive/folder');
  await until(() => host.textContent?.includes('Results of finished jobs appear here'));
  await expect.element(page.getByRole('button', { name: 'Run a sample job' })).toBeVisible();
});
