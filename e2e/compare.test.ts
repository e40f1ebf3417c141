import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  BACKENDS,
  type Backend,
  callMs,
  JOBS_EACH,
  LARGE,
  medianOf,
  type PlantedJob,
  SMALL,
  TRUTH,
  writeComparedStore,
} from './support/compared-store.ts';
import { closeBrowser, HOSTS, type RunningApp } from './support/hosts.ts';

/** A wait ends as soon as it can; so long only where the computer has much else to do. */
const WAIT = { timeout: 20_000 };

let dir: string;
let path: string;
let jobs: readonly PlantedJob[];
const digest = (): readonly string[] =>
  readdirSync(dir).map((name) => {
    const bytes = readFileSync(join(dir, name));
    return `${name} ${createHash('sha256').update(bytes).digest('hex')}`;
  });
let written: readonly string[];

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'runescope-compare-'));
  path = join(dir, 'jobs.db');
  jobs = writeComparedStore(path);
  written = digest();
});
afterAll(async () => {
  await closeBrowser();
  rmSync(dir, { recursive: true, force: true });
});

const of = (backend: Backend, model?: string): readonly PlantedJob[] =>
  jobs.filter((job) => job.backend === backend && (model === undefined || job.model === model));
const asks = (some: readonly PlantedJob[]): readonly number[] =>
  some.filter(({ failed }) => !failed).map(({ askMs }) => askMs);

const text = async (locator: Locator): Promise<string> => (await locator.innerText()).replace(/\s+/g, ' ');
const board = (page: Page): Locator => page.getByRole('grid', { name: 'Jobs' });
const shownJobs = (page: Page): Promise<readonly string[]> =>
  board(page)
    .locator('[data-job]')
    .evaluateAll((rows) =>
      rows
        .toSorted((a, b) => Number(a.getAttribute('aria-rowindex')) - Number(b.getAttribute('aria-rowindex')))
        .map((row) => row.dataset.job ?? ''),
    );
const activeRow = (page: Page): Promise<string> =>
  page.getByRole('treegrid').evaluate((grid) => {
    const id = grid.getAttribute('aria-activedescendant');
    return (id === null ? null : document.getElementById(id))?.textContent ?? '';
  });

const group = (page: Page, key: string): Locator =>
  page.getByTestId('groups').locator(`[data-group="${key}"]`);
/** A group's row by the titles of its columns: n, failures, and the exact median out of its tooltip. */
async function figuresOf(page: Page, key: string) {
  const row = group(page, key);
  const [n, failures] = await row.locator('td').allInnerTexts();
  const median = await row.locator('td').nth(4).locator('[title]').getAttribute('title');
  return { n: Number(n), failures: Number(failures), median: Number(median) };
}
const verdicts = (page: Page): Locator => page.getByTestId('verdicts').getByRole('listitem');
/** The verdict on two groups: who is faster, and how many times at least and at most. */
async function verdictOn(page: Page, one: string, other: string) {
  for (const sentence of await verdicts(page).allInnerTexts()) {
    const [, a, low, high, comparative, b, n] =
      /(\S+) is ([\d.]+) to ([\d.]+) times (faster|slower) than (\S+) on agent\.ask \(n (\d+ and \d+)\)/.exec(
        sentence,
      ) ?? [];
    if (a === undefined || b === undefined || ![a, b].includes(one) || ![a, b].includes(other)) continue;
    return { faster: comparative === 'faster' ? a : b, low: Number(low), high: Number(high), n };
  }
  return null;
}

async function download(page: Page, format: string): Promise<{ name: string; bytes: Buffer }> {
  await page.getByRole('button', { name: 'Export' }).click();
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('menuitem', { name: new RegExp(`^${format}`) }).click(),
  ]);
  return { name: file.suggestedFilename(), bytes: readFileSync(await file.path()) };
}

/** How many of the colours a picture holds, as the browser reads it. */
const coloursIn = (page: Page, png: Buffer, colours: readonly string[]): Promise<number> =>
  page.evaluate(
    async ([base64, wanted]) => {
      const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
      const image = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
      const context = new OffscreenCanvas(image.width, image.height).getContext('2d', {
        willReadFrequently: true,
      });
      context?.drawImage(image, 0, 0);
      const { data } = context?.getImageData(0, 0, image.width, image.height) ?? { data: [] };
      const found = new Set<string>();
      for (let i = 0; i < data.length; i += 4) found.add(`rgb(${data[i]}, ${data[i + 1]}, ${data[i + 2]})`);
      return wanted.filter((colour) => found.has(colour)).length;
    },
    [png.toString('base64'), colours] as const,
  );

async function filterBy(page: Page, what: string, value: string): Promise<void> {
  await page.getByRole('button', { name: `Filter by ${what}`, exact: true }).click();
  await page.getByRole('checkbox', { name: new RegExp(`^${value}`) }).check();
  await page.keyboard.press('Escape');
}

/** Marks the first rows of the board, which are to be these jobs. */
async function markFirst(page: Page, wanted: readonly PlantedJob[]): Promise<void> {
  const ids = wanted.map(({ job_id }) => job_id);
  await expect.poll(async () => (await shownJobs(page)).slice(0, ids.length), WAIT).toEqual(ids);
  await page.getByRole('checkbox', { name: `Select job ${ids[0]}` }).check();
  await board(page)
    .locator(`[data-job="${ids.at(-1)}"]`)
    .click({ modifiers: ['Shift'] });
  await page.getByText(`${ids.length} selected`, { exact: true }).waitFor();
}

for (const host of HOSTS) {
  describe.skipIf(host.skipped !== null)(
    `comparing in the ${host.name} host${host.skipped === null ? '' : ` (${host.skipped})`}`,
    () => {
      let app: RunningApp;
      let page: Page;
      beforeEach(async () => {
        app = await host.start();
        page = app.page;
        await page.getByRole('button', { name: 'Run a sample job' }).waitFor();
        await page.keyboard.press('Control+o');
        await page.getByLabel('Path of a RUNE job store').fill(path);
        await page.getByRole('dialog').getByRole('button', { name: 'Open', exact: true }).click();
        await expect
          .poll(() => board(page).getAttribute('aria-rowcount'), WAIT)
          .toBe(String(jobs.length + 1));
        await expect.poll(async () => (await shownJobs(page))[0], WAIT).toBe(jobs[0]?.job_id);
      });
      afterEach(async () => {
        await app.close();
        expect(app.complaints).toEqual([]);
        expect(digest()).toEqual(written);
      });

      it('warns that models differ, finds what is true of matched jobs, and exports the figure', async () => {
        await page.getByRole('link', { name: 'Compare' }).click();
        await page.getByRole('combobox', { name: 'Group by' }).click();
        await page.getByRole('option', { name: 'model', exact: true }).click();
        await group(page, SMALL).waitFor();
        await page.getByRole('combobox', { name: 'Group by' }).click();
        await page.getByRole('option', { name: 'backend', exact: true }).click();
        await page
          .getByText(`agent.ask by backend: ${jobs.length} jobs in 3 groups`, { exact: true })
          .waitFor();
        await expect.poll(() => page.getByTestId('groups').locator('tbody tr').count(), WAIT).toBe(3);
        for (const backend of BACKENDS) {
          const values = asks(of(backend));
          await expect
            .poll(() => figuresOf(page, backend), WAIT)
            .toMatchObject({ n: values.length, failures: JOBS_EACH - values.length });
          expect((await figuresOf(page, backend)).median).toBeCloseTo(medianOf(values), 2);
        }
        expect((await figuresOf(page, 'k8s-inference')).failures).toBe(3);

        // The gate: three quarters of ollama's jobs asked another model.
        const gate = page.getByTestId('conditions');
        await gate.getByText('1 condition differs between the groups').waitFor();
        const models = gate.locator('[data-condition="model"]');
        expect(await text(models)).toContain(
          `The model differs: "${SMALL}" in 75.0 % of ollama, "${LARGE}" in 100 % of `,
        );
        expect(await text(models)).toContain('25.0 % of the jobs have one that not every group has.');
        await models.getByRole('button', { name: /^The model differs/ }).click();
        await expect.poll(() => text(models), WAIT).toContain(`${LARGE} 25.0 %`);
        expect(await text(models)).toContain(`${SMALL} 75.0 %`);

        // Without it, ollama looks faster than what is twice as fast as it.
        await expect
          .poll(() => verdictOn(page, 'bedrock', 'ollama'), WAIT)
          .toMatchObject({ faster: 'ollama' });
        await page.getByText('The groups also differ in model').waitFor();

        await gate.getByRole('button', { name: 'Compare only matched: model' }).click();
        await gate.getByText('45 jobs left out').waitFor();
        await gate.getByText('Comparable: no condition differs').waitFor();
        expect(page.url()).toContain('matched=model');
        expect((await figuresOf(page, 'ollama')).n).toBe(15);
        for (const backend of BACKENDS) {
          const values = asks(of(backend, LARGE));
          const figures = await figuresOf(page, backend);
          expect(figures.n).toBe(values.length);
          expect(figures.median).toBeCloseTo(medianOf(values), 2);
          expect(Math.abs(figures.median / TRUTH[backend] - 1)).toBeLessThan(0.05);
        }
        await expect
          .poll(() => verdictOn(page, 'bedrock', 'ollama'), WAIT)
          .toMatchObject({ faster: 'bedrock' });
        for (const [one, other] of [
          ['bedrock', 'ollama'],
          ['bedrock', 'k8s-inference'],
          ['k8s-inference', 'ollama'],
        ] as const) {
          const verdict = await verdictOn(page, one, other);
          expect(verdict?.faster).toBe(one);
          const times = TRUTH[other] / TRUTH[one];
          expect(verdict?.low).toBeLessThanOrEqual(times);
          expect(verdict?.high).toBeGreaterThanOrEqual(times);
        }

        const png = await download(page, 'PNG');
        expect(png.name).toMatch(/^runescope-half-of-bedrock.*\.png$/);
        expect(png.bytes.subarray(0, 8).toString('latin1')).toBe('\x89PNG\r\n\x1a\n');
        const colours = await page
          .getByTestId('groups')
          .locator('tbody th svg path')
          .evaluateAll((marks) => marks.map((mark) => getComputedStyle(mark).fill));
        expect(new Set(colours).size).toBe(3);
        expect(await coloursIn(page, png.bytes, colours)).toBe(3);
        const csv = await download(page, 'CSV');
        expect(csv.name).toBe(png.name.replace(/png$/, 'csv'));
        const [head, ...rows] = csv.bytes
          .toString()
          .trimEnd()
          .split('\r\n')
          .map((line) => line.split(','));
        expect(head).toEqual(['group', 'agent.ask_ms', 'share_up_to']);
        for (const backend of BACKENDS) {
          const own = rows.filter(([key]) => key === backend);
          const values = asks(of(backend, LARGE)).toSorted((a, b) => a - b);
          expect(own).toHaveLength(values.length);
          for (const [at, [, value, share]] of own.entries()) {
            expect(Number(value)).toBeCloseTo(values[at] ?? Number.NaN, 2);
            expect(Number(share)).toBeCloseTo((at + 1) / values.length, 9);
          }
        }
        expect(rows).toHaveLength(BACKENDS.flatMap((backend) => asks(of(backend, LARGE))).length);
      });

      it('says which step explains the difference of two traces, and opens it', async () => {
        const [fast, slow] = [of('bedrock')[0], of('ollama')[0]];
        for (const job of [fast, slow]) {
          await page.getByRole('checkbox', { name: `Select job ${job?.job_id}` }).check();
        }
        await page.getByRole('button', { name: 'Compare traces' }).click();
        const main = page.getByRole('main');
        await main.getByText('B took 14.0 s longer than A: 26.7 s against 12.7 s.').waitFor();
        const said = await text(main);
        expect(said).toContain('agent.ask/driver.call explains 71.4 % of the 14.0 s difference.');
        expect(await text(page.getByRole('list', { name: 'What explains the difference' }))).toMatch(
          /^71\.4 % agent\.ask\/driver\.call ▲ \+10\.0 s 28\.6 % job\.execute\/backend\.warmup ▲ \+4\.00 s$/,
        );
        await main.getByRole('button', { name: 'agent.ask/driver.call' }).click();
        await expect.poll(() => activeRow(page), WAIT).toContain('driver.call');
        await page.getByRole('treegrid').press('1');
        await expect.poll(() => page.url(), WAIT).toMatch(new RegExp(`/jobs/${fast?.job_id}\\?span=`));
        await expect.poll(() => activeRow(page), WAIT).toMatch(/driver\.call.*9\.10 s/);
      });

      it('lays jobs over one another, and leads to the one that stands out', async () => {
        await filterBy(page, 'backend', 'bedrock');
        const marked = of('bedrock').slice(0, 6);
        await markFirst(page, marked);
        await page.keyboard.press('Shift+T');
        await page
          .getByText(/^In 6 jobs the step whose time varies most is agent\.ask\/driver\.call: /)
          .waitFor();
        const outlier = marked.toSorted((a, b) => callMs(b) - callMs(a))[0];
        expect(outlier && callMs(outlier)).toBe(39_000);
        const shown = page.getByRole('radiogroup', { name: 'What is shown' });
        await shown.getByText('Table', { exact: true }).click();
        const table = page.getByRole('region', { name: 'Percentiles of every step' });
        const step = table.getByRole('row', { name: /^driver\.call/ });
        await step.waitFor();
        expect((await step.getByRole('cell').allInnerTexts()).slice(0, 2)).toEqual(['driver.call', '6']);
        expect(await text(step)).toContain(`39.0 s ${outlier?.job_id.slice(0, 8)}`);
        await shown.getByText('Tree', { exact: true }).click();
        await page
          .getByRole('treegrid')
          .getByRole('row', { name: /driver\.call/ })
          .click();
        await expect.poll(() => page.url(), WAIT).toMatch(new RegExp(`/jobs/${outlier?.job_id}\\?span=`));
        await expect.poll(() => activeRow(page), WAIT).toMatch(/driver\.call.*39\.0 s/);
      });

      it('compares hand-picked jobs, A against B', async () => {
        await filterBy(page, 'backend', 'bedrock');
        const a = of('bedrock').slice(0, 12);
        await markFirst(page, a);
        await page.keyboard.press('Shift+A');
        await page.getByText('Kept 12 as A').waitFor();
        await page.getByRole('button', { name: 'Clear', exact: true }).click();
        await filterBy(page, 'backend', 'ollama');
        await filterBy(page, 'model', LARGE);
        const b = of('ollama', LARGE).slice(0, 12);
        await markFirst(page, b);
        await page.keyboard.press('Shift+B');
        await page.getByText('agent.ask hand-picked, A against B: 24 jobs in 2 groups').waitFor();
        for (const [key, picked] of [
          ['A', a],
          ['B', b],
        ] as const) {
          await expect.poll(() => figuresOf(page, key), WAIT).toMatchObject({ n: 12, failures: 0 });
          expect((await figuresOf(page, key)).median).toBeCloseTo(medianOf(asks(picked)), 2);
        }
        const backends = page.locator('[data-condition="backend_type"]');
        expect(await text(backends)).toContain('The backend differs: ');
        expect(await text(backends)).toContain('100 % of the jobs have one that not every group has.');
        await expect
          .poll(() => verdictOn(page, 'A', 'B'), WAIT)
          .toMatchObject({ faster: 'A', n: '12 and 12' });
        const verdict = await verdictOn(page, 'A', 'B');
        expect(verdict?.low).toBeLessThanOrEqual(2);
        expect(verdict?.high).toBeGreaterThanOrEqual(2);
        // The link says it all.
        await page.reload();
        await page.getByText('agent.ask hand-picked, A against B: 24 jobs in 2 groups').waitFor();
        await page.getByRole('button', { name: 'Swap' }).click();
        await expect.poll(async () => (await verdictOn(page, 'A', 'B'))?.faster, WAIT).toBe('B');
      });
    },
  );
}
