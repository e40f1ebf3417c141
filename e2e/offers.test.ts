import type { Locator, Page } from 'playwright';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exact, fact, jobsIn, text, totals } from './support/cost-figures.ts';
import { closeBrowser, HOSTS, type RunningApp } from './support/hosts.ts';
import {
  banner,
  compared,
  counted,
  detail,
  drawn,
  drawThumb,
  grid,
  openPart,
  openView,
  pointAtChosen,
  rented,
  rows,
  spans,
  WAIT,
  why,
} from './support/offers-view.ts';
import { withEngine } from './support/paid-jobs.ts';
import { askMarket, type MarketCli, startMarketCli, strayOn } from './support/rental-cli.ts';

afterAll(closeBrowser);

const dialog = (page: Page): Locator => page.getByRole('dialog');
const hasFocus = (locator: Locator): Promise<boolean> => locator.evaluate((it) => it.matches(':focus'));
const jobIdOf = (page: Page): string => /jobs\/([0-9a-f-]{36})/.exec(page.url())?.[1] ?? '';
const row = (page: Page, id: number): Locator => grid(page).locator(`[data-offer="${id}"]`);

interface Sent {
  readonly id: number;
  readonly gpu_name: string;
  readonly reliability2: number;
  readonly dph_total: number;
}

/** What the market itself says that it has, as its own clients ask: without what its defaults hide. */
async function offersOf(at: MarketCli): Promise<readonly Sent[]> {
  const { offers } = await askMarket(at.market, 'POST', '/bundles/', {
    ...{ verified: { eq: true }, external: { eq: false }, rentable: { eq: true }, rented: { eq: false } },
    type: 'ondemand',
    limit: 5000,
  });
  return offers as readonly Sent[];
}

for (const host of HOSTS) {
  describe.skipIf(host.skipped !== null)(
    `offers in the ${host.name} host${host.skipped === null ? '' : ` (${host.skipped})`}`,
    () => {
      let at: MarketCli;
      let app: RunningApp | null;
      let page: Page;
      let complaints: readonly string[];
      const open = async (env: Readonly<Record<string, string>> = at.env): Promise<void> => {
        // So that cents are asked about, and no price list of the world is.
        await withEngine(at.dataDir, env, async ({ client }) => {
          const now = await client.settings.get();
          await client.settings.set({
            ...now,
            spend: { ...now.spend, threshold_usd: 0 },
            prices: { ...now.prices, live: false },
            demo: { slowness: 0 },
          });
        });
        app = await host.start({ dataDir: at.dataDir, env });
        ({ page, complaints } = app);
        await page.getByRole('navigation', { name: 'Views' }).waitFor();
      };
      beforeEach(async () => {
        app = null;
        complaints = [];
        at = await startMarketCli();
      });
      afterEach(async () => {
        await app?.close();
        await at.close();
        expect(complaints).toEqual([]);
      });

      it('are filtered, explained, compared, and rented until the job ends, for what the market bills', async () => {
        await open();
        await openView(page, 'Offers');
        await expect.poll(async () => (await counted(page)).length, WAIT).toBe(2);
        expect(await text(page.getByTestId('age'))).toMatch(/^quoted (just now|\d+ s ago)$/);
        expect(await page.getByText('DEMO', { exact: true }).count()).toBe(0);

        // A facet: the count, the table and the plot follow, and the market says the same.
        const gpu = 'RTX 3090';
        const all = await drawn(page);
        const [shown = 0, listed] = await counted(page);
        expect(all.n).toBe(`${shown} of ${listed}`);
        const sent = (await offersOf(at)).filter(({ gpu_name }) => gpu_name === gpu);
        expect(sent.length).toBeLessThan(shown / 2);
        await page.getByRole('region', { name: 'GPU', exact: true }).getByLabel(gpu).check();
        await expect.poll(() => counted(page), WAIT).toEqual([sent.length, listed]);
        expect((await rows(page)).filter((one) => !one.text.includes(gpu))).toEqual([]);
        const some = await drawn(page);
        expect(some.n).toBe(`${sent.length} of ${listed}`);
        expect(some.ink).toBeLessThan(all.ink / 2);
        expect(some.front).not.toBe(all.front);

        // A slider, drawn by the mouse and moved on by a key.
        await drawThumb(page, 'Reliability, at least', 'Reliability, at most', 0.85);
        await page.keyboard.press('ArrowRight');
        const least = Number(await page.getByRole('textbox', { name: 'Reliability, at least' }).inputValue());
        await expect.poll(() => page.url(), WAIT).toContain(`reliability=${least}..`);
        const reliable = sent.filter(({ reliability2 }) => reliability2 >= least);
        expect(reliable.length).toBeGreaterThan(3);
        expect(reliable.length).toBeLessThan(sent.length);
        await expect.poll(() => counted(page), WAIT).toEqual([reliable.length, listed]);
        expect((await drawn(page)).n).toBe(`${reliable.length} of ${listed}`);
        expect((await drawn(page)).ink).toBeLessThan(some.ink);
        const ids = reliable.map(({ id }) => id);
        expect((await rows(page)).filter(({ id }) => !ids.includes(id))).toEqual([]);

        // One that is greyed: beside it, and in the plot's tip, by whom it is dominated.
        const grey = (await rows(page)).find(({ standing }) => standing === 'dominated')?.id ?? 0;
        await row(page, grey).click();
        await expect.poll(() => detail(page).getAttribute('aria-label'), WAIT).toBe(`Offer ${grey}`);
        const because = await why(page);
        expect(because).toMatch(/^Dominated by #\d+ because: .*per job.*, .*reliable \(/);
        const better = Number(/#(\d+)/.exec(because)?.[1]);
        await pointAtChosen(page);
        const tip = page.getByRole('tooltip');
        await tip.waitFor();
        expect(await text(tip)).toContain(`#${grey}`);
        expect(await text(tip)).toContain(because.replace(/ Show #\d+$/, ''));
        await page.getByRole('button', { name: `Show #${better}` }).click();
        await expect.poll(() => why(page), WAIT).toMatch(/^On the front: /);
        expect((await rows(page)).find(({ id }) => id === better)?.standing).toBe('front');

        // Three are pinned, by the mouse and by a key.
        const third = (await rows(page)).find(({ id }) => id !== grey && id !== better)?.id ?? 0;
        await page.keyboard.press('p');
        await row(page, grey)
          .getByRole('button', { name: `Pin offer ${grey}` })
          .click();
        await row(page, third)
          .getByRole('button', { name: `Pin offer ${third}` })
          .click();
        await page.getByRole('button', { name: 'Compare 3 offers' }).click();
        await page.getByTestId('comparison').waitFor();
        const heads = page.getByTestId('comparison').locator('thead th');
        await expect.poll(() => heads.count(), WAIT).toBe(4);
        for (const [i, id] of [better, grey, third].entries())
          expect(await text(heads.nth(i + 1))).toMatch(new RegExp(`^${'ABC'[i]} ${gpu}.* #${id} `));
        const fields = await compared(page);
        const values = (field: string): readonly string[] =>
          fields.find((one) => one.field === field)?.values ?? [];
        const [highlit, plain] = [true, false].map((differs) =>
          fields.filter((one) => one.differs === differs),
        );
        const isDifferent = (one: (typeof fields)[number]): boolean =>
          new Set(one.values.map((value) => value.replace(/ \(.*/, ''))).size > 1;
        expect(highlit?.every(isDifferent)).toBe(true);
        expect(plain?.some(isDifferent)).toBe(false);
        expect(plain?.map(({ field }) => field)).toContain('gpu_name');
        const paint = (of: typeof fields | undefined): readonly string[] => [
          ...new Set(of?.map(({ background }) => background)),
        ];
        expect(paint(highlit)).toHaveLength(1);
        expect(paint(plain)).toHaveLength(1);
        expect(paint(plain)).not.toEqual(paint(highlit));
        // It is as good in all that the sentence named, by as much as it said.
        const [here = 0, there = 0] = values('usd_per_job').map((value) =>
          Number(/\$([\d.]+)/.exec(value)?.[1]),
        );
        const said = /because: \$([\d.]+) less per job/.exec(because)?.[1];
        expect(Math.abs(there - here - Number(said ?? 0))).toBeLessThan(there / 50);
        const [most = 0, less = 1] = values('reliability').map(Number);
        expect(most).toBeGreaterThanOrEqual(less);
        await page.getByLabel('Only what differs').check();
        await expect.poll(() => compared(page), WAIT).toEqual(highlit);

        // Rented: through the form and its quote, and not before somebody agrees to the price.
        await heads
          .nth(1)
          .getByRole('link', { name: /^Rent and run/ })
          .click();
        const card = page.getByRole('region', { name: 'Offer', exact: true });
        await expect.poll(() => text(card), WAIT).toMatch(new RegExp(`^${gpu} .*Offer ${better} `));
        await page.getByLabel('Question').fill('Why does the pod restart?');
        await page.getByRole('button', { name: 'Start job' }).click();
        const cancel = dialog(page).getByRole('button', { name: 'Cancel' });
        await expect.poll(() => hasFocus(cancel), WAIT).toBe(true);
        const asked = await text(dialog(page));
        expect(asked).toContain('This job costs money');
        expect(asked).toMatch(
          new RegExp(`Machine offer ${better}, at most \\$0\\.\\d+/h, destroyed when the job ends`),
        );
        expect(await at.market.listed()).toEqual([]);
        expect(jobsIn(at.dataDir)).toBe(0);

        // Agreed: the search is over, and the market is making the instance.
        const made = at.market.hold('create', 'after');
        await dialog(page)
          .getByRole('button', { name: /^Run for up to \$/ })
          .click();
        expect(await made).toBe(true);
        await expect.poll(() => spans(page).then(Object.keys), WAIT).toContain('vastai.instance_create');
        const jobId = jobIdOf(page);
        const early = await spans(page);
        const provision = early['provider.provision'] ?? 0;
        expect(early).toMatchObject({
          'job.execute': provision - 1,
          'vastai.offer_search': provision + 1,
          'vastai.instance_create': provision + 1,
        });
        expect(Object.keys(early)).not.toContain('agent.ask');
        expect(await page.getByText('succeeded').count()).toBe(0);

        // Where its machine is not up at the first look, the next is 10 s later.
        await expect.poll(async () => (await at.market.listed())[0]?.status, WAIT).toBe('running');

        // It runs: on the market's books under our label, and in the job with what it costs so far.
        const torn = at.market.hold('destroy', 'before');
        expect(await torn).toBe(true);
        const [instance, ...others] = await at.market.listed();
        expect([instance, others]).toMatchObject([
          { label: `rune-${jobId}.1`, offer_id: better, status: 'running' },
          [],
        ]);
        await expect.poll(() => spans(page).then(Object.keys), WAIT).toContain('provider.teardown');
        for (const name of ['backend.warmup', 'agent.ask'])
          expect(Object.keys(await spans(page))).toContain(name);
        await expect
          .poll(() => text(rented(page)), WAIT)
          .toMatch(new RegExp(`${gpu} Vast.ai contract ${instance?.id} \\$0\\.\\d+/h \\$0\\.\\d+ so far`));
        expect(await page.getByText('succeeded').count()).toBe(0);

        // It is over: seen gone on the books, and paid as the market bills it.
        await at.market.release();
        await page.getByText('succeeded').first().waitFor();
        await expect.poll(() => text(rented(page)), WAIT).toContain('destroyed, verified gone at');
        expect(await at.market.listed()).toEqual([]);
        const reckoned = await exact(fact(page, 'cost'));
        const [bill, ...more] = await at.market.bills();
        expect([bill, more]).toMatchObject([
          { id: instance?.id, label: `rune-${jobId}.1`, status: 'destroyed' },
          [],
        ]);
        await rented(page).getByRole('link', { name: 'Rentals' }).click();
        const entry = page.getByRole('table', { name: 'Rentals' }).locator('tbody tr');
        await expect.poll(() => text(entry), WAIT).toMatch(/^(✓ )?gone/);
        await page.getByRole('button', { name: 'Check now' }).click();
        await entry.getByRole('link').first().click();
        // In all digits, as it is less than a cent: some milliseconds of our clock lie between.
        await expect.poll(() => exact(fact(page, 'cost')), WAIT).toBeCloseTo(bill?.usd ?? 0, 5);
        expect(Math.abs(reckoned - (bill?.usd ?? 0))).toBeGreaterThan(1e-5);
        await expect.poll(() => text(rented(page)), WAIT).toContain('by its bill');
        expect(await text(fact(page, 'cost'))).toContain('seconds rented');
        await openView(page, 'Costs');
        await expect.poll(() => totals(page), WAIT).toEqual({ metered: [expect.anything(), '1 job'] });
        expect(Number((await totals(page)).metered?.[0])).toBeCloseTo(bill?.usd ?? 0, 5);
      });

      it('of the demo market say so, and a job on one is in no spending', async () => {
        await open({});
        await openView(page, 'Offers');
        await expect.poll(async () => (await counted(page)).length, WAIT).toBe(2);
        expect(await text(page.getByTestId('market'))).toBe('Demo market');
        const note = page.getByRole('note').filter({ hasText: 'These offers are made up' });
        expect(await text(note)).toMatch(/^DEMO .*nothing is rented or paid.*VAST_API_KEY/);
        await grid(page).focus();
        await page.keyboard.press('j');
        await detail(page).waitFor();
        await detail(page).getByText('DEMO', { exact: true }).waitFor();
        const [first] = await rows(page);
        expect(await detail(page).getAttribute('aria-label')).toBe(`Offer ${first?.id}`);
        await detail(page)
          .getByRole('link', { name: /^Rent and run/ })
          .click();
        const card = page.getByRole('region', { name: 'Offer', exact: true });
        await expect.poll(() => text(card), WAIT).toMatch(/DEMO .*nothing is paid/);
        await page.getByLabel('Question').fill('Is this a demo?');
        await page.getByRole('button', { name: 'Start job' }).click();
        await expect
          .poll(() => text(dialog(page)), WAIT)
          .toMatch(
            new RegExp(`DEMO Nothing is really rented and nothing paid.* Machine offer ${first?.id},`),
          );
        await dialog(page)
          .getByRole('button', { name: /^Run for up to \$/ })
          .click();
        await expect.poll(() => spans(page).then(Object.keys), WAIT).toContain('vastai.instance_create');
        await page.getByText('succeeded').first().waitFor();
        await expect
          .poll(() => text(rented(page)), WAIT)
          .toMatch(/^gone .* DEMO contract \d+ .* verified gone at/);
        // Nothing of it went to the market that is paid.
        expect(await at.market.calls()).toEqual([]);
        await openView(page, 'Costs');
        const spent = page.getByRole('main');
        await expect.poll(() => text(spent), WAIT).toContain('other than demo jobs, which cost nothing');
        expect(await text(spent)).toContain('$0.00 paid today');
        expect(await page.getByTestId('totals').count()).toBe(0);
      });

      it('that nobody rented are in a banner over every view, and one click ends them', async () => {
        await open();
        // Another's has no mark of ours.
        const anothers = await strayOn(at.market, 'somebody-elses-work');
        const stray = await strayOn(at.market);
        expect(await banner(page).count()).toBe(0);
        await openView(page, 'Offers');
        await openPart(page, 'Rentals');
        await page.getByRole('button', { name: 'Check now' }).click();
        await banner(page).getByRole('alert').waitFor();
        expect(await text(banner(page))).toMatch(
          new RegExp(
            `^1 rented instance is running that should not: \\$[\\d.]+/h .*contract ${stray}, .*rune-of-another-installation\\.1`,
          ),
        );
        expect(await text(banner(page))).not.toContain(`${anothers}`);
        await openView(page, 'Jobs');
        await expect
          .poll(() => text(page.getByRole('region', { name: 'Status' })), WAIT)
          .toMatch(/1 stray, \$[\d.]+\/h/);

        // The market says once that it is done, and has done nothing: until it is seen gone, it is not.
        await at.market.inject('destroy', 'lie-done');
        await banner(page)
          .getByRole('button', { name: /^Destroy .*, \$[\d.]+\/h$/ })
          .click();
        await banner(page).getByText('being destroyed, and looked for until it is gone').waitFor();
        expect((await at.market.listed()).map(({ id }) => id)).toContain(stray);
        await banner(page).getByText(': gone.').waitFor();
        expect((await at.market.listed()).map(({ id }) => id)).toEqual([anothers]);
        expect((await at.market.bills()).find(({ id }) => id === stray)?.status).toBe('destroyed');
        await expect.poll(() => banner(page).getByRole('alert').count(), WAIT).toBe(0);
        await banner(page).getByRole('button', { name: 'Put away' }).click();
        await banner(page).waitFor({ state: 'detached' });
        await expect
          .poll(() => text(page.getByRole('region', { name: 'Status' })), WAIT)
          .not.toContain('stray');
      });
    },
  );
}
