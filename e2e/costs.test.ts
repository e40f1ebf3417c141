import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright';
import { afterAll, afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { fakeDriverCommand } from '#core/testing/fake-driver.ts';
import { startFakeOllama } from '#core/testing/fake-ollama.ts';
import { calibrated, exact, fact, jobsIn, text, totals } from './support/cost-figures.ts';
import { closeBrowser, HOSTS, type RunningApp } from './support/hosts.ts';
import {
  AWS_ENV,
  MODEL,
  type PaidService,
  PRICE,
  priceOf,
  runJob,
  startPaidService,
  type Tokens,
  withEngine,
} from './support/paid-jobs.ts';

/** A wait ends as soon as it can; so long only where the computer has much else to do. */
const WAIT = { timeout: 20_000 };
const ENV = { ...AWS_ENV, RUNE_SECRETIVE_DRIVER_CMD: fakeDriverCommand('no-usage') };

/** Tokens of a job that costs `times` about what is assumed of one without history. */
const tokens = (times: number): Tokens => ({
  input: Math.round(1000 * times),
  output: Math.round(500 * times),
});
/**
 * The first five jobs are estimated at $10, give or take a factor that is 1.60 in 50 cases of 100, 2.45 in 80 and 3.94
 * in 95. One of five lies outside everything, two more outside the 50 % interval; their median is 1.
 */
const SCATTERED = [1, 2, 0.5, 5, 1] as const;
/** Within 5 % of that median, so that every wider interval holds them. */
const TIGHT = Array.from({ length: 20 }, (_, i) => 1 + ((i * 7) % 11) / 100 - 0.05);
const FIRST = tokens(SCATTERED[0]);

const hasFocus = (locator: Locator): Promise<boolean> => locator.evaluate((it) => it.matches(':focus'));

const dialog = (page: Page): Locator => page.getByRole('dialog');
const preview = (page: Page): Locator => page.getByRole('status', { name: 'Estimated cost' });
const jobIdOf = (page: Page): string => /jobs\/([0-9a-f-]{36})/.exec(page.url())?.[1] ?? '';
const activeRow = (page: Page): Promise<string> =>
  page.getByRole('treegrid').evaluate((grid) => {
    const id = grid.getAttribute('aria-activedescendant');
    return (id === null ? null : document.getElementById(id))?.textContent ?? '';
  });

const openView = (page: Page, name: string): Promise<void> =>
  page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name }).click();

async function openForm(page: Page): Promise<void> {
  await openView(page, 'Jobs');
  await page.getByRole('link', { name: 'New job', exact: true }).first().click();
}

async function openCosts(page: Page, part?: string): Promise<void> {
  await openView(page, 'Costs');
  if (part === undefined) return;
  const parts = page.getByRole('navigation', { name: 'Parts of Costs' });
  await parts.getByRole('link', { name: part }).click();
}

async function addPrice(page: Page): Promise<void> {
  await openCosts(page, 'Prices');
  await page.getByRole('button', { name: 'Add a price…' }).click();
  await dialog(page).getByRole('combobox', { name: 'Provider' }).click();
  await page.getByRole('option', { name: 'AWS' }).click();
  await dialog(page).getByRole('textbox', { name: 'Model' }).fill(MODEL);
  await dialog(page).getByLabel('US dollars per million tokens in').fill(String(PRICE.in));
  await dialog(page).getByLabel('and out').fill(String(PRICE.out));
  await dialog(page).getByRole('button', { name: 'Use my price' }).click();
  await dialog(page).waitFor({ state: 'detached' });
  await page.getByTestId('prices').locator(`[data-price="aws/${MODEL}"]`).getByText('yours').waitFor();
}

interface Wanted {
  readonly question: string;
  readonly type: 'bedrock' | 'ollama';
  readonly url: string;
  readonly model: string;
}

async function fillForm(page: Page, { question, type, url, model }: Wanted): Promise<void> {
  await openForm(page);
  await page.getByRole('combobox', { name: 'Backend' }).click();
  await page.getByRole('option', { name: 'Another address…' }).click();
  await page.getByRole('combobox', { name: 'backend_type' }).click();
  await page.getByRole('option', { name: type }).click();
  await page.getByLabel('Base URL').fill(url);
  await page.getByLabel('Model', { exact: true }).first().fill(model);
  await page.getByLabel('Question').fill(question);
}

const start = (page: Page): Promise<void> => page.getByLabel('Question').press('Control+Enter');

const sum = (amounts: readonly number[]): number => amounts.reduce((total, one) => total + one, 0);

afterAll(closeBrowser);

for (const host of HOSTS) {
  describe.skipIf(host.skipped !== null)(
    `costs in the ${host.name} host${host.skipped === null ? '' : ` (${host.skipped})`}`,
    () => {
      let dataDir: string;
      let service: PaidService;
      let app: RunningApp | null;
      let page: Page;
      let complaints: readonly string[];
      const open = async (): Promise<void> => {
        app = await host.start({ dataDir, env: ENV });
        ({ page, complaints } = app);
        await page.getByRole('navigation', { name: 'Views' }).waitFor();
      };
      beforeEach(async () => {
        app = null;
        complaints = [];
        for (const [name, value] of Object.entries(AWS_ENV)) vi.stubEnv(name, value);
        dataDir = mkdtempSync(join(tmpdir(), 'runescope-costs-'));
        service = await startPaidService();
      });
      afterEach(async () => {
        vi.unstubAllEnvs();
        await app?.close();
        await service.close();
        rmSync(dataDir, { recursive: true, force: true });
        expect(complaints).toEqual([]);
      });

      it('stops an expensive job, runs it when approved, and finds it on the calibration page', async () => {
        await open();
        service.uses(FIRST);
        await addPrice(page);

        // What it would cost stands in the form before anything runs.
        const question = 'Why does the pod restart?';
        await fillForm(page, { question, type: 'bedrock', url: service.url, model: MODEL });
        await expect
          .poll(() => text(preview(page)), WAIT)
          .toContain('$10.00 probable · $4.08 to $24.53 at 80 % · confidence 25.0 %');
        expect(await text(preview(page))).toContain(
          'You are asked before it runs · 83.9 % chance of more than $5.00',
        );

        // Asked: it opens on Cancel, and Cancel leaves the form as it was and nothing else.
        await start(page);
        const cancel = dialog(page).getByRole('button', { name: 'Cancel' });
        await expect.poll(() => hasFocus(cancel), WAIT).toBe(true);
        const said = await text(dialog(page));
        expect(said).toContain('This job costs money');
        expect(said).toMatch(/Low \$4\.08 Probable \$10\.00 High \$24\.53/);
        expect(said).toContain('83.9 % chance of more than $5.00');
        expect(said).toContain('Tokens: our default, as there is no history yet (1,024 in, 512 out)');
        await page.keyboard.press('Enter');
        await dialog(page).waitFor({ state: 'detached' });
        expect(await page.getByLabel('Question').inputValue()).toBe(question);
        expect(await page.getByLabel('Model', { exact: true }).first().inputValue()).toBe(MODEL);
        expect(page.url()).toContain('#/new');
        expect(jobsIn(dataDir)).toBe(0);
        expect(service.asked()).toBe(0);

        // Approved, by keyboard alone.
        const release = service.hold();
        await expect.poll(() => hasFocus(page.getByLabel('Question')), WAIT).toBe(true);
        await page.keyboard.press('Control+Enter');
        await expect.poll(() => hasFocus(cancel), WAIT).toBe(true);
        await page.keyboard.press('Tab');
        expect(await hasFocus(dialog(page).getByRole('button', { name: 'Run for up to $24.53' }))).toBe(true);
        await page.keyboard.press('Enter');
        await expect.poll(() => text(fact(page, 'cost')), WAIT).toMatch(/\$.* so far of \$24\.53 expected/);
        const jobId = jobIdOf(page);
        await expect.poll(() => exact(fact(page, 'cost')), WAIT).toBeGreaterThan(0);
        expect(await exact(fact(page, 'cost'))).toBeLessThan(priceOf(FIRST));
        release();
        await page.getByText('succeeded').first().waitFor();
        await expect.poll(() => exact(fact(page, 'cost')), WAIT).toBeCloseTo(priceOf(FIRST), 9);
        expect(await text(fact(page, 'cost'))).toContain('reported tokens');
        expect(await text(fact(page, 'estimate'))).toContain('$10.00 (2.3 % under), $4.08 to $24.53 at 80 %');
        expect(service.asked()).toBe(1);

        // The estimate is a span of the job, with who is paid and how sure it was.
        const grid = page.getByRole('treegrid');
        await grid.press('Home');
        await expect.poll(() => activeRow(page), WAIT).toContain('job.execute');
        await grid.press('ArrowDown');
        await expect
          .poll(async () => {
            // A pause, which a busy computer adds, is passed by.
            if ((await activeRow(page)).startsWith('. gap')) await grid.press('ArrowDown');
            return activeRow(page);
          }, WAIT)
          .toContain('cost.estimate');
        await grid.press('Enter');
        const inspector = page.getByRole('complementary', { name: 'Inspector' });
        await expect
          .poll(() => text(inspector), WAIT)
          .toMatch(/confidence_score 0\.2501\d* projected_cost_usd 10 provider aws/);

        await openCosts(page, 'Calibration');
        for (const group of ['all', 'aws', 'aws, bedrock'])
          await expect
            .poll(
              () => page.getByTestId('calibration').locator(`[data-id="${group}"] td`).allInnerTexts(),
              WAIT,
            )
            .toEqual(['1', 'not yet calibrated (1 of 20)']);
        await openCosts(page, 'Estimates');
        const mine = page.getByTestId('estimates').locator(`[data-id="${jobId}"]`);
        await expect.poll(() => text(mine), WAIT).toMatch(/\$10\.00 \$9\.77 0\.97\d* ?×/);
        await expect
          .poll(() => text(page.getByTestId('detail')), WAIT)
          .toMatch(/succeeded.*Projected \$10\.00 \$4\.08 to \$24\.53 Actual \$9\.77 reported tokens/);

        // Weeks later: the same store, with 24 more jobs.
        expect(complaints).toEqual([]);
        await page.close();
        await app?.quit();
        const times = [...SCATTERED, ...TIGHT];
        const ids = await withEngine(dataDir, ENV, async (engine) => {
          const made = [jobId];
          for (const one of times.slice(1)) {
            service.uses(tokens(one));
            const job = await runJob(engine, {
              backend_type: 'bedrock',
              backend_url: service.url,
              model: MODEL,
            });
            expect(job).toMatchObject({
              status: 'succeeded',
              cost_usd: expect.closeTo(priceOf(tokens(one)), 9),
            });
            made.push(job.job_id);
          }
          return made;
        });
        await open();
        await openCosts(page, 'Calibration');
        // Bands: SciPy's binom.ppf([0.025, 0.975], 25, p) is 8 and 17, 16 and 24, 21 and 25.
        for (const group of ['all', 'aws', 'aws, bedrock'])
          await expect
            .poll(() => calibrated(page, group), WAIT)
            .toEqual([
              '25',
              '50 % interval: 22 of 25 inside, 88.0 %; if the claim is true, between 32.0 % and 68.0 %: too wide.',
              '80 % interval: 24 of 25 inside, 96.0 %; if the claim is true, between 64.0 % and 96.0 %: as claimed.',
              '95 % interval: 24 of 25 inside, 96.0 %; if the claim is true, between 84.0 % and 100 %: as claimed.',
            ]);
        await page
          .getByRole('figure', { name: 'All: intervals of 50 % are wider than they need to be' })
          .locator('svg')
          .first()
          .waitFor();
        await openCosts(page, 'Estimates');
        // Furthest off first: the one that cost five times as much.
        const rows = page.getByTestId('estimates').locator('tbody tr');
        await expect.poll(() => rows.first().getAttribute('data-id'), WAIT).toBe(ids[3]);
        expect(await text(rows.first())).toMatch(/\$10\.00 \$48\.83 4\.88\d* ?×/);
        expect(await rows.count()).toBe(25);

        // Twenty residuals of jobs alike, all within a factor of 1.25: (20 + 1) / (20 + 2) passes RUNE's 0.95.
        await fillForm(page, { question, type: 'bedrock', url: service.url, model: MODEL });
        await expect.poll(() => text(preview(page)), WAIT).toContain('confidence 95.5 %');
        expect(await text(preview(page))).toContain('Interval: from 20 earlier estimates of this group.');

        await openCosts(page);
        await expect
          .poll(() => totals(page), WAIT)
          .toMatchObject({ 'reported-tokens': [expect.anything(), '25 jobs'] });
        const spent = await totals(page);
        expect(Object.keys(spent)).toEqual(['reported-tokens']);
        expect(Number(spent['reported-tokens']?.[0])).toBeCloseTo(
          sum(times.map((one) => priceOf(tokens(one)))),
          6,
        );
      });

      it('refuses what is paid with a budget of 0, lets own hardware pass, and leaves the demo out', async () => {
        const ollama = await startFakeOllama();
        onTestFinished(() => ollama.close());
        const local = { backend_type: 'ollama', backend_url: ollama.url, model: 'llama3.1:8b' };
        const paid = { backend_type: 'bedrock', backend_url: service.url, model: MODEL };
        const planted = await withEngine(dataDir, ENV, async (engine) => {
          const { client } = engine;
          await client.costs.prices.override({
            id: `aws/${MODEL}`,
            usd_million_in: PRICE.in,
            usd_million_out: PRICE.out,
            as_of: Date.now() / 1000,
          });
          await client.settings.set({ ...(await client.settings.get()), demo: { slowness: 0 } });
          const reported: number[] = [];
          for (const one of [0.4, 0.7]) {
            service.uses(tokens(one));
            await runJob(engine, paid);
            reported.push(priceOf(tokens(one)));
          }
          service.uses(null);
          const counted = await runJob(engine, paid);
          const unknown = await runJob(engine, { ...paid, agent: 'secretive' });
          expect(unknown).toMatchObject({ status: 'succeeded', cost_usd: null });
          const own = await runJob(engine, local);
          await runJob(engine, { backend_type: 'demo', model: 'demo' });
          return { reported: sum(reported), counted: counted.cost_usd ?? 0, own: own.cost_usd ?? 0 };
        });
        await open();
        await openCosts(page);
        await expect.poll(() => totals(page), WAIT).toMatchObject({ nobody: ['–', '1 job'] });
        const before = await totals(page);
        expect(Object.keys(before)).toEqual([
          'reported-tokens',
          'counted-tokens',
          'hardware-derived',
          'nobody',
        ]);
        const amount = (of: typeof before, basis: string): number => Number(of[basis]?.[0]);
        expect(amount(before, 'reported-tokens')).toBeCloseTo(planted.reported, 9);
        expect(amount(before, 'counted-tokens')).toBeCloseTo(planted.counted, 9);
        expect(amount(before, 'hardware-derived')).toBeCloseTo(planted.own, 12);
        expect(planted.counted).toBeGreaterThan(0);
        expect(planted.own).toBeGreaterThan(0);
        expect(Object.values(before).map(([, jobs]) => jobs)).toEqual(['2 jobs', '1 job', '1 job', '1 job']);

        await openView(page, 'Settings');
        await page.getByLabel('Budget for a day').fill('0');
        await page.getByLabel('Budget for a day').press('Enter');
        await page.getByText('Nothing paid may run.', { exact: true }).waitFor();
        const asked = service.asked();
        await fillForm(page, { question: 'Why?', type: 'bedrock', url: service.url, model: MODEL });
        await expect.poll(() => text(preview(page)), WAIT).toContain('It would be refused');
        await start(page);
        const alert = dialog(page).getByRole('alert');
        await alert.getByText('cost.budget_exceeded').waitFor();
        expect(await text(dialog(page))).toMatch(/This job may not run.* the budget of \$0\.00 a day/);
        expect(
          await dialog(page)
            .getByRole('button', { name: /^Run for/ })
            .count(),
        ).toBe(0);
        expect(service.asked()).toBe(asked);
        expect(jobsIn(dataDir)).toBe(6);
        await alert.getByRole('link', { name: 'Change the budget' }).click();
        await expect.poll(() => page.url(), WAIT).toContain('#/settings/costs');

        // The budget of 0 stands, and what sends no bill runs without a question.
        await fillForm(page, { question: 'Why?', type: 'ollama', url: ollama.url, model: 'llama3.1:8b' });
        await expect.poll(() => text(preview(page)), WAIT).toMatch(/^Runs on own hardware, about \$/);
        await start(page);
        await page.getByText('succeeded').first().waitFor();
        expect(await dialog(page).count()).toBe(0);
        const own = await exact(fact(page, 'cost'));
        await openForm(page);
        await page.getByLabel('Question').fill('Is this a demo?');
        await start(page);
        await page.getByText('succeeded').first().waitFor();
        expect(await dialog(page).count()).toBe(0);
        const demo = jobIdOf(page);
        expect(jobsIn(dataDir)).toBe(8);

        await openCosts(page);
        await expect
          .poll(async () => amount(await totals(page), 'hardware-derived'), WAIT)
          .toBeCloseTo(planted.own + own, 12);
        const { 'hardware-derived': hardware, ...others } = await totals(page);
        expect(hardware?.[1]).toBe('2 jobs');
        const { 'hardware-derived': _, ...othersBefore } = before;
        expect(others).toEqual(othersBefore);
        await openCosts(page, 'Estimates');
        const listed = page.getByTestId('estimates').locator('tbody tr');
        await expect.poll(() => listed.count(), WAIT).toBe(6);
        expect(
          await listed.evaluateAll((rows) => rows.map((row) => row.getAttribute('data-id'))),
        ).not.toContain(demo);
        expect(await text(page.getByTestId('estimates'))).not.toContain('demo');
        await openCosts(page, 'Calibration');
        await expect
          .poll(() => text(page.getByTestId('left-out')), WAIT)
          .toBe('Left out: 1 without a known cost, 2 of the demo backend.');
        expect((await calibrated(page, 'all'))[0]).toBe('5');
      });
    },
  );
}
