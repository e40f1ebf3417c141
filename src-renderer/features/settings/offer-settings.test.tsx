import '@mantine/core/styles.css';
import '#renderer/styles/tokens.css';
import '#renderer/styles/base.css';
import { MantineProvider } from '@mantine/core';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { theme } from '#renderer/app/theme.ts';
import { ApiProvider, createQueryClient } from '#renderer/client/query.tsx';
import { paths } from '#renderer/client/routes.ts';
import { type Answers, type FakeEngine, fail, fakeEngine } from '#renderer/client/testing.ts';
import { type Settings, settingsSchema } from '#shared/contract/settings.ts';
import { modelTable } from '#shared/model/model-fit.ts';
import { SettingsPage } from './settings-page.tsx';

let root: Root;
let host: HTMLElement;
let engine: FakeEngine;
let kept: Settings;

function show(answers: Answers = {}): void {
  engine = fakeEngine({
    'settings.get': () => kept,
    'settings.set': (next: Settings) => {
      kept = settingsSchema.parse(next);
      return kept;
    },
    'secrets.list': () => [],
    'agents.list': () => [],
    'archive.targets': () => [],
    'archive.outbox.list': () => ({ entries: [], total: 0 }),
    'costs.budget': () => ({ day_usd: null, job_usd: null, spent_today_usd: 0, committed_usd: 0 }),
    'offers.models': () => modelTable(kept.offers.models),
    'offers.market': () => ({ market: 'demo', has_key: false, base_url: null }),
    ...answers,
  });
  root.render(
    <MantineProvider theme={theme}>
      <ApiProvider connection={engine.connection} queryClient={createQueryClient()}>
        <SettingsPage section="offers" />
      </ApiProvider>
    </MantineProvider>,
  );
}
const field = (name: string) => page.getByRole('textbox', { name, exact: true });
const blocked = (name: string) => page.getByLabelText(name, { exact: true }).last();
const table = () => page.getByRole('table', { name: 'Models and what they need' });
const row = (model: string) => table().getByRole('row', { name: model, exact: false });

beforeEach(async () => {
  await page.viewport(1440, 900);
  kept = settingsSchema.parse({});
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

describe('settings of rentals', () => {
  it('hold how long a kept instance stays, and how long one may take', async () => {
    show();
    await field('Kept instances stay').fill('1.5');
    await userEvent.tab();
    await expect.poll(() => kept.offers.keep_hours).toBe(1.5);
    await field('A machine may take').fill('600');
    await userEvent.tab();
    await expect.poll(() => kept.offers.boot_timeout).toBe(600);
  });

  it('list what is never rented, add a number, and take one back', async () => {
    kept = settingsSchema.parse({ offers: { blocked_hosts: [9] } });
    show();
    await blocked('Hosts').fill('12');
    await userEvent.keyboard('{Enter}');
    await expect.poll(() => kept.offers.blocked_hosts).toEqual([9, 12]);
    await blocked('Machines').fill('none');
    await userEvent.keyboard('{Enter}');
    await blocked('Hosts').click();
    await userEvent.keyboard('{Backspace}');
    await expect.poll(() => kept.offers.blocked_hosts).toEqual([9]);
    expect(kept.offers.blocked_machines).toEqual([]);
  });

  it('say how a key is given, and that one is known', async () => {
    show();
    await expect.element(page.getByText('no key of Vast.ai is known', { exact: false })).toBeVisible();
    await expect
      .element(page.getByText('which sells nothing', { exact: false }).getByRole('link', { name: 'Secrets' }))
      .toHaveAttribute('href', `#${paths.settings('secrets')}`);
    root.unmount();
    root = createRoot(host);
    show({ 'offers.market': () => ({ market: 'vastai', has_key: true, base_url: 'https://x' }) });
    await expect.element(page.getByText("Offers are Vast.ai's", { exact: false })).toBeVisible();
  });
});

describe('what models need', () => {
  it("shows RUNE's table, and takes a row of one's own in its place, and back", async () => {
    show();
    await expect.element(row('llama3.1:8b')).toBeVisible();
    expect(row('llama3.1:8b').element().textContent).toContain('8,000 MB41 GBRUNE');
    await page.getByRole('button', { name: 'Change llama3.1:8b' }).click();
    const form = page.getByRole('form', { name: 'Model' });
    await form.getByRole('textbox', { name: 'GPU memory' }).fill('9000');
    await form.getByRole('textbox', { name: 'Disk' }).fill('50');
    await form.getByRole('button', { name: 'Save' }).click();
    await expect
      .poll(() => kept.offers.models)
      .toEqual([{ model: 'llama3.1:8b', vram_mb: 9000, disk_gb: 50 }]);
    await expect.poll(() => row('llama3.1:8b').element().textContent).toContain('9,000 MB50 GB, yoursyours');
    await page.getByRole('button', { name: 'Remove my row of llama3.1:8b' }).click();
    await expect.poll(() => kept.offers.models).toEqual([]);
    await expect.poll(() => row('llama3.1:8b').element().textContent).toContain('8,000 MB41 GBRUNE');
  });

  it('adds a model nobody lists, its disk by the formula', async () => {
    show();
    await page.getByRole('button', { name: 'Add model' }).click();
    const form = page.getByRole('form', { name: 'Model' });
    await expect.element(form.getByRole('button', { name: 'Save' })).toBeDisabled();
    await form.getByRole('textbox', { name: 'Model' }).fill('mine:13b');
    await form.getByRole('textbox', { name: 'GPU memory' }).fill('12000');
    await expect.element(form.getByText('Empty: by the formula, 46 GB.')).toBeVisible();
    await form.getByRole('button', { name: 'Save' }).click();
    await expect
      .poll(() => kept.offers.models)
      .toEqual([{ model: 'mine:13b', vram_mb: 12_000, disk_gb: null }]);
  });

  it('keeps what was typed where the engine refuses it', async () => {
    show({ 'settings.set': () => fail({ code: 'settings.invalid', message: 'Too many.' }) });
    await page.getByRole('button', { name: 'Add model' }).click();
    const form = page.getByRole('form', { name: 'Model' });
    await form.getByRole('textbox', { name: 'Model' }).fill('mine:13b');
    await form.getByRole('textbox', { name: 'GPU memory' }).fill('12000');
    await form.getByRole('button', { name: 'Save' }).click();
    await expect.element(form.getByText('Too many.')).toBeVisible();
    await expect.element(form.getByRole('textbox', { name: 'Model' })).toHaveValue('mine:13b');
  });
});
