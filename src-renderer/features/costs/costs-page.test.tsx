import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import '@mantine/core/styles.layer.css';
import '#renderer/styles/tokens.css';
import '#renderer/styles/base.css';
import { App } from '#renderer/app/app.tsx';
import { type Answers, type FakeEngine, fail, fakeEngine } from '#renderer/client/testing.ts';
import type { PriceOverride } from '#shared/contract/settings.ts';
import type { PriceRow } from '#shared/model/costs.ts';
import {
  madeBudget,
  madeCalibration,
  madeJob,
  madeOutcomes,
  madePrices,
  madeSimulation,
  madeSpend,
} from './testing.ts';

const NOW = Date.now() / 1000;
const OUTCOMES = madeOutcomes(NOW);
const DRIVERS = [
  { name: 'tokens (history)', log_sigma: 0.45 },
  { name: 'power draw against the nameplate', log_sigma: 0.31 },
];

let root: Root;
let host: HTMLElement;
let engine: FakeEngine;
let prices: readonly PriceRow[];

function show(hash: string, answers: Answers = {}): void {
  engine = fakeEngine({
    'jobs.facets': () => ({
      backend_type: [
        { value: 'bedrock', count: 142 },
        { value: 'ollama', count: 60 },
      ],
      tenant_id: [
        { value: 'default', count: 180 },
        { value: 'team-b', count: 60 },
      ],
      model: [{ value: 'llama3.1:70b', count: 60 }],
    }),
    'jobs.list': () => ({ jobs: [], total: 0 }),
    'jobs.get': ({ job_id }: { readonly job_id: string }) =>
      madeJob(job_id, { basis: 'From history.', drivers: DRIVERS }),
    'agents.list': () => [{ name: 'holmes' }, { name: 'prompt' }],
    'costs.spend': () => madeSpend(NOW),
    'costs.budget': () => madeBudget(),
    'costs.outcomes': () => ({ outcomes: OUTCOMES, total: OUTCOMES.length }),
    'costs.calibration': madeCalibration,
    'costs.simulate': (what: { readonly runs_per_period: number; readonly period_days: number }) =>
      madeSimulation(what),
    'costs.prices.list': () => prices,
    'costs.prices.override': (row: PriceOverride) => {
      prices = [
        ...prices.filter(({ id }) => id !== row.id),
        {
          ...madePrices()[2],
          ...row,
          provider: 'api',
          name: row.id.slice(4),
          source: 'override',
        } as PriceRow,
      ];
    },
    'costs.prices.restore': ({ id }: { readonly id: string }) => {
      prices = prices.map((row) => (row.id === id ? { ...row, source: 'book' } : row));
    },
    ...answers,
  });
  window.location.hash = hash;
  root.render(<App connection={engine.connection} />);
}
const until = (what: () => unknown): Promise<unknown> => expect.poll(what, { timeout: 8_000 }).toBeTruthy();
const text = (): string => host.textContent ?? '';
const at = (name: string): HTMLElement | null => host.querySelector(`[data-testid="${name}"]`);
const hash = (): string => decodeURIComponent(window.location.hash);
const titles = (): readonly (string | null)[] =>
  [...host.querySelectorAll('figure h3')].map((h) => h.textContent);

beforeEach(async () => {
  await page.viewport(1440, 900);
  window.localStorage.clear();
  prices = madePrices();
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

describe('what was spent', () => {
  it('never adds bases up, and says what nobody knows', async () => {
    show('#/costs');
    await until(() => at('totals')?.querySelectorAll('tr').length === 4);
    const { totals } = madeSpend(NOW);
    const sum = totals.reduce((all, { usd }) => all + usd, 0);
    expect(text()).not.toContain(`$${sum.toFixed(2)}`);
    const unknown = at('totals')?.querySelector('[data-basis="nobody"]')?.textContent ?? '';
    expect(unknown).toContain('–');
    expect(unknown).toContain('3 jobs whose cost nobody knows');
    expect(unknown).not.toContain('$');
    await until(() => titles().length === 3);
    const paid = host.querySelector('section[aria-label="Paid"]')?.querySelectorAll('figure').length;
    expect(paid).toBe(2);
    expect(host.querySelector('section[aria-label="Own hardware"] figure h3')?.textContent).toMatch(
      /^Own hardware: \$0\.0\d+$/,
    );
    expect(at('budget')?.textContent).toBe(
      '$7.35 of $20.00 paid today+ up to $1.20 promised$5.00 a jobBudgets',
    );
  });

  it('leads from a bar to its day, and keeps its choices in the address', async () => {
    show('#/costs');
    await until(
      () => host.querySelectorAll('section[aria-label="Own hardware"] g[role="button"]').length > 9,
    );
    const day = [
      ...host.querySelectorAll<SVGGElement>('section[aria-label="Own hardware"] g[role="button"]'),
    ].at(-2);
    day?.focus();
    await userEvent.keyboard('{Enter}');
    await until(() => hash().startsWith('#/s/own/jobs?backend=k8s-inference&from='));
    const query = new URLSearchParams(hash().split('?')[1]);
    const [from, to] = [query.get('from'), query.get('to')].map((one) => Date.parse(one ?? '') / 3_600_000);
    expect((to ?? 0) - (from ?? 0)).toBeGreaterThan(22);
    expect((to ?? 0) - (from ?? 0)).toBeLessThan(26);
    expect(query.get('demo')).toBe('no');
    window.location.hash = '#/costs';
    await page.getByText('90 days').click();
    await until(() => hash() === '#/costs?period=90d');
    await userEvent.keyboard('t');
    await until(() => hash() === '#/costs?period=90d&table=yes' && host.querySelector('figure table'));
  });

  it('says what to do when there is nothing, and why there is no answer', async () => {
    show('#/costs?period=all', {
      'costs.spend': () => ({ rows: [], totals: [], unknown_jobs: 0 }),
      'costs.budget': () =>
        madeBudget({ day_usd: null, job_usd: null, spent_today_usd: 0, committed_usd: 0 }),
    });
    await until(() => text().includes('Nothing was spent yet'));
    expect(at('budget')?.textContent).toBe('$0.00 paid todaySet a budget');
    let failing = true;
    root.unmount();
    root = createRoot(host);
    show('#/costs', {
      'costs.spend': () =>
        failing ? fail({ code: 'store.unreadable', message: 'The store is locked.' }) : madeSpend(NOW),
    });
    await until(() => host.querySelector('[role="alert"]')?.textContent?.includes('store.unreadable'));
    failing = false;
    await page.getByRole('button', { name: 'Try again' }).click();
    await until(() => at('totals') !== null);
  });

  it('shares the last colour among many keys', async () => {
    show('#/costs?by=model', { 'costs.spend': () => madeSpend(NOW, 30, 14) });
    await until(() => titles().length === 3);
    await until(() => host.querySelector('section[aria-label="Paid"]')?.textContent?.includes('others'));
  });
});

describe('estimates against actuals', () => {
  it('says how many were near, and explains the one that is chosen', async () => {
    show('#/costs/estimates');
    await until(() =>
      titles()[0]?.match(/^\d+\.\d % of jobs cost within a factor of 1.25 of their estimate$/),
    );
    expect(host.querySelector('figure figcaption p')?.textContent).toMatch(
      /^n 2\d\d; left out: 3 not ended, 1\d failed or cancelled, \d+ with an unknown cost/,
    );
    await until(() => at('detail')?.textContent?.includes('Most doubt: tokens (history)'));
    const first = at('estimates')?.querySelector<HTMLElement>('tbody tr')?.dataset.id;
    expect(at('detail')?.getAttribute('aria-label')).toBe(`Estimate of job ${first}`);
    await userEvent.keyboard('jj');
    await until(() => hash().startsWith('#/costs/estimates?job='));
    const third = at('estimates')?.querySelectorAll<HTMLElement>('tbody tr')[2]?.dataset.id ?? '?';
    await until(() => at('detail')?.getAttribute('aria-label') === `Estimate of job ${third}`);
    await userEvent.keyboard('o');
    await until(() => hash() === `#/s/own/jobs/${third}`);
  });

  it('opens the job of a point that is clicked', async () => {
    show('#/costs/estimates');
    await until(() => host.querySelector('svg[data-plot="scatter"]') !== null);
    const plot = host.querySelector('svg[data-plot="scatter"]')?.getBoundingClientRect();
    const ring = host.querySelector('svg[data-plot="marks"] circle');
    if (plot === undefined || ring === null) throw new Error('No estimate is chosen in the plot.');
    const chosen = at('estimates')?.querySelector<HTMLElement>('[data-current="true"]')?.dataset.id;
    const room = host.querySelector('svg[data-plot="scatter"]')?.parentElement;
    room?.dispatchEvent(
      new MouseEvent('click', {
        bubbles: true,
        clientX: plot.left + Number(ring.getAttribute('cx')),
        clientY: plot.top + Number(ring.getAttribute('cy')),
      }),
    );
    await until(() => hash() === `#/s/own/jobs/${chosen}`);
  });

  it('has every estimate in the table behind, with its link', async () => {
    show('#/costs/estimates?table=yes');
    const rows = (): number | undefined => host.querySelector('figure')?.querySelectorAll('tbody tr').length;
    await until(() => rows() === OUTCOMES.length);
    expect(host.querySelector('figure tbody a')?.getAttribute('href')).toBe(
      `#/s/own/jobs/${OUTCOMES[0]?.job_id}`,
    );
  });

  it('filters by provider, and says when nothing matches', async () => {
    show('#/costs/estimates?provider=gcp', {
      'costs.outcomes': ({ provider }: { readonly provider?: readonly string[] }) =>
        provider?.includes('gcp') ? { outcomes: [], total: 0 } : { outcomes: OUTCOMES, total: 900 },
    });
    await until(() => text().includes('No estimate matches'));
    await page.getByRole('button', { name: 'Show all estimates' }).click();
    await until(() => text().includes('the newest 240 of 900 estimates'));
    expect(hash()).toBe('#/costs/estimates?period=all');
  });
});

describe('calibration', () => {
  it('judges each group in words, and does not judge too few', async () => {
    show('#/costs/calibration');
    await until(() => at('calibration')?.querySelectorAll('tbody tr').length === 4);
    const row = (group: string): string =>
      at('calibration')?.querySelector(`[data-id="${group}"]`)?.textContent ?? '';
    expect(row('all')).toContain('81.0 % as claimed');
    expect(row('all')).toContain('0.203 < 0.241');
    expect(row('aws, bedrock')).toContain('66.0 % too narrow');
    expect(row('aws, bedrock')).toContain('30 % above');
    expect(row('vastai, ollama')).toContain('95.0 % too wide');
    expect(row('vastai, ollama')).toContain('0.250 ≥ 0.241');
    expect(row('local, k8s-inference')).toContain('not yet calibrated (12 of 20)');
    expect(at('left-out')?.textContent).toBe(
      'Left out: 3 not ended yet, 11 failed or cancelled (an estimate is of the job done), 9 without a known cost, 31 of the demo backend.',
    );
    await page.getByRole('button', { name: 'AWS, bedrock' }).click();
    await until(() => titles()[0]?.startsWith('AWS, bedrock: intervals of 50, 80 and 95 % are too narrow'));
    expect(host.querySelectorAll('svg[data-plot="rows"] [data-row]').length).toBe(3);
    await until(() => host.querySelectorAll('svg[data-plot="reliability"] g[role="img"]').length === 4);
  });

  it('has a table behind each chart, and says what is needed before there is one', async () => {
    show('#/costs/calibration');
    await until(() => titles().length === 2);
    await userEvent.keyboard('t');
    await until(() => host.querySelectorAll('figure table').length === 2);
    root.unmount();
    root = createRoot(host);
    show('#/costs/calibration?period=all', {
      'costs.calibration': () => ({ ...madeCalibration(), groups: [] }),
    });
    await until(() => text().includes('Not yet calibrated (0 of 20)'));
  });
});

describe('what-if', () => {
  it('reckons a campaign from what is typed, and says what it rests on', async () => {
    show('#/costs/what-if');
    await page.getByRole('textbox', { name: 'Runs per day' }).fill('2');
    await page.getByRole('textbox', { name: 'Days' }).fill('7');
    await until(() => at('total')?.textContent === '2 runs a day for 7 days would cost about $0.567');
    expect(hash()).toBe('#/costs/what-if?runs=2&days=7');
    expect(text()).toContain('42 jobs like it, 40 with tokens');
    expect(text()).toContain('RUNE prices the whole 8-GPU machine for one A100');
    await page.getByRole('textbox', { name: 'Days' }).fill('0');
    await until(() => text().includes('A whole number from 1 to 3,660'));
    expect(engine.inputsOf('costs.simulate')).toMatchObject([{ runs_per_period: 1 }, { period_days: 7 }]);
  });

  it('has a dash for what has no price', async () => {
    show('#/costs/what-if?gpu=abacus', {
      'costs.simulate': () =>
        madeSimulation({
          single_cost_usd: null,
          single_low_usd: null,
          single_high_usd: null,
          total_cost_usd: null,
          total_low_usd: null,
          total_high_usd: null,
          price: null,
          components_usd: { gpu_compute: null, llm_tokens: null },
        }),
    });
    await until(() => at('total')?.textContent === 'Nobody knows the price of this');
    expect(text()).not.toContain('$0.00');
    expect(host.querySelector('[title="Nobody is known to rent this GPU out"]')?.textContent).toBe('–');
    await page.getByRole('combobox', { name: 'GPU' }).clear();
    await until(() => at('total')?.textContent === 'Name a model or a GPU');
  });
});

describe('prices', () => {
  it('sorts, searches and tells the machine from its GPU', async () => {
    show('#/costs/prices');
    await until(() => at('prices')?.querySelectorAll('tbody tr').length === 4);
    const machine = at('prices')?.querySelector('[data-price="aws/p4d.24xlarge"]');
    expect(machine?.textContent).toContain('8 × A100 40GB');
    expect([...(machine?.querySelectorAll('[title="$21.957642"]') ?? [])].length).toBe(1);
    expect(machine?.textContent).toContain('$2.74');
    const names = (): string =>
      [...(at('prices')?.querySelectorAll('tbody th') ?? [])].map((one) => one.textContent).join();
    await page.getByRole('button', { name: '$ / GPU h' }).click();
    await until(() => names().startsWith('g5.xlarge,p4d.24xlarge,'));
    await userEvent.keyboard('/');
    await userEvent.keyboard('api mini');
    await until(() => names() === 'gpt-4o-mini');
    expect(hash()).toBe('#/costs/prices?q=api+mini');
    window.location.hash = '#/costs/prices?prices=models';
    await until(() => at('prices')?.querySelectorAll('tbody tr').length === 2);
    expect(at('prices')?.querySelector('thead')?.textContent).not.toContain('GPU');
  });

  it('takes a price of the user, and gives the listed one back', async () => {
    show('#/costs/prices');
    await until(() => at('prices') !== null);
    await userEvent.keyboard('a');
    await page.getByRole('textbox', { name: 'Model' }).fill('My-Model');
    await page.getByRole('textbox', { name: 'US dollars per million tokens in' }).fill('0,5');
    await page.getByRole('button', { name: 'Use my price' }).click();
    await until(() => document.body.textContent?.includes('Write decimals with a point'));
    await page.getByRole('textbox', { name: 'US dollars per million tokens in' }).fill('0.5');
    await page.getByRole('textbox', { name: 'and out' }).fill('1.5');
    await page.getByRole('button', { name: 'Use my price' }).click();
    await until(() => at('prices')?.querySelector('[data-price="api/my-model"]') !== null);
    expect(engine.inputsOf('costs.prices.override')).toMatchObject([
      { id: 'api/my-model', usd_hour: null, usd_million_in: 0.5, usd_million_out: 1.5 },
    ]);
    await page.getByRole('button', { name: 'claude-3-haiku' }).click();
    await page.getByRole('button', { name: 'Remove my price' }).click();
    await until(() => engine.inputsOf('costs.prices.restore').length === 1);
    expect(engine.inputsOf('costs.prices.restore')).toEqual([{ id: 'aws/claude-3-haiku' }]);
  });

  it('says why a price is refused, with its code', async () => {
    show('#/costs/prices', {
      'costs.prices.override': () =>
        fail({ code: 'cost.price_invalid', message: 'It is a machine: give a price per hour.' }),
    });
    await page.getByRole('button', { name: 'g5.xlarge', exact: true }).click();
    await page.getByRole('button', { name: 'Use my price' }).click();
    await until(() => document.querySelector('[role="alert"]')?.textContent?.includes('cost.price_invalid'));
  });
});

it('goes from page to page by key, and keeps the period', async () => {
  show('#/costs?period=7d');
  await until(() => at('totals') !== null);
  for (const name of ['estimates', 'calibration', 'what-if', 'prices', '']) {
    await userEvent.keyboard(']');
    await until(() => hash() === `#/costs${name === '' ? '' : `/${name}`}?period=7d`);
  }
  await userEvent.keyboard('gj');
  await until(() => hash().startsWith('#/s/own/jobs'));
  await userEvent.keyboard('gd');
  await until(() => hash() === '#/costs');
  window.location.hash = '#/costs/nonsense';
  await until(() => text().includes('Costs has no such page'));
});
