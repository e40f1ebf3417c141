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
    'costs.budget': () => ({ day_usd: null, job_usd: null, spent_today_usd: 0.0005, committed_usd: 0 }),
    ...answers,
  });
  root.render(
    <MantineProvider theme={theme}>
      <ApiProvider connection={engine.connection} queryClient={createQueryClient()}>
        <SettingsPage section="costs" />
      </ApiProvider>
    </MantineProvider>,
  );
}
const field = (name: string) => page.getByRole('textbox', { name, exact: true });
async function enter(name: string, text: string): Promise<void> {
  await field(name).fill(text);
  await userEvent.keyboard('{Enter}');
}
const sets = (): readonly Settings[] => engine.inputsOf('settings.set') as readonly Settings[];

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

describe('settings of costs and budgets', () => {
  it('keep what is entered, and take it back when it is emptied', async () => {
    show();
    await enter('Ask above', '$12.50');
    await expect.poll(() => kept.spend.threshold_usd).toBe(12.5);
    await expect.element(field('Ask above')).toHaveValue('12.5');
    await enter('Budget for a day', '20');
    await expect.poll(() => kept.spend.day_budget_usd).toBe(20);
    await enter('Budget for a job', '0.0005');
    await expect
      .poll(() => kept.spend)
      .toEqual({
        threshold_usd: 12.5,
        day_budget_usd: 20,
        job_budget_usd: 0.0005,
      });
    await enter('Budget for a day', '');
    await expect.poll(() => kept.spend.day_budget_usd).toBe(null);
    await expect.element(field('Budget for a day')).toHaveAttribute('placeholder', 'No budget');
  });

  it('take 0 for a budget, and say what that means', async () => {
    show();
    await expect.element(field('Budget for a day')).toHaveAccessibleDescription(/0: nothing paid may run/);
    await enter('Budget for a day', '0');
    await expect.poll(() => kept.spend.day_budget_usd).toBe(0);
    await expect.element(field('Budget for a day')).toHaveAccessibleDescription('Nothing paid may run.');
    await enter('Ask above', '0');
    await expect.element(field('Ask above')).toHaveAccessibleDescription('Asks before every paid job.');
  });

  it('say in words what is no amount, keep it as typed, and save nothing', async () => {
    show();
    await enter('Budget for a day', '-3');
    await expect.element(page.getByText('An amount cannot be below 0.')).toBeVisible();
    await enter('Budget for a job', '12,50');
    await expect
      .element(page.getByText('Write decimals with a point, as in 12.50, and no commas.'))
      .toBeVisible();
    await expect.element(field('Budget for a day')).toHaveValue('-3');
    await expect.element(field('Budget for a day')).toHaveAttribute('aria-invalid', 'true');
    expect(sets()).toEqual([]);
    await enter('Budget for a day', '3');
    await expect.poll(() => kept.spend.day_budget_usd).toBe(3);
    await expect.element(page.getByText('An amount cannot be below 0.')).not.toBeInTheDocument();
  });

  it('save once per change, not for leaving a field as it was', async () => {
    show();
    await enter('Ask above', '7');
    await userEvent.tab();
    await userEvent.tab();
    await enter('Ask above', '7.00');
    expect(sets().map((one) => one.spend.threshold_usd)).toEqual([7]);
  });

  it('say what was spent today, and nothing where that cannot be read', async () => {
    show();
    await expect.poll(() => host.textContent).toContain('Spent today: $0.0005.');
    await expect
      .element(page.getByRole('link', { name: 'Look at the spending' }))
      .toHaveAttribute('href', `#${paths.costs('spend')}`);
    root.unmount();
    root = createRoot(host);
    show({ 'costs.budget': () => fail({ code: 'internal', message: 'Out of order.' }) });
    await expect.element(field('Ask above')).toBeVisible();
    expect(page.getByText(/Spent today/).elements()).toEqual([]);
  });

  it('hold the power and the energy price of own hardware', async () => {
    show();
    await field('Power under load').fill('450');
    await userEvent.tab();
    await expect.poll(() => kept.local_cost).toEqual({ tdp_watts: 450, energy_rate_kwh: 0.15 });
  });
});

describe('settings of prices', () => {
  it('turn the price lists off and on, and take a region', async () => {
    show();
    const live = page.getByRole('switch', { name: /^Ask the price lists/ });
    await expect.element(live).toBeChecked();
    (live.element() as HTMLElement).focus();
    await userEvent.keyboard(' ');
    await expect.poll(() => kept.prices.live).toBe(false);
    await enter('Region', 'us east');
    await expect.element(page.getByText('A region reads like us-east-1 or westeurope.')).toBeVisible();
    await enter('Region', ' EU-West-1 ');
    await expect.poll(() => kept.prices).toEqual({ live: false, region: 'eu-west-1', overrides: [] });
    await enter('Region', '');
    await expect.poll(() => kept.prices.region).toBe(null);
  });

  it('say how many prices are the user’s own', async () => {
    const own = (id: string) => ({ id, usd_hour: 1, usd_million_in: null, usd_million_out: null, as_of: 1 });
    kept = { ...kept, prices: { ...kept.prices, overrides: [own('aws/a'), own('aws/b')] } };
    show();
    await expect.element(page.getByText(/^2 prices are your own\./)).toBeVisible();
    await expect
      .element(page.getByRole('link', { name: 'All prices, and your own' }))
      .toHaveAttribute('href', `#${paths.costs('prices')}`);
  });
});
