import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Locator, Page } from 'playwright';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ResultRecord } from '#core/archive/record/result-record.ts';
import { TEST_CREDENTIAL } from '#core/testing/s3/behaviour.ts';
import { type S3Process, spawnS3Process } from '#core/testing/s3/spawn-s3.ts';
import { BUCKET, bucketEnv, bytesOf, resealed, sealedResults } from './support/archived-results.ts';
import { oneDocument, runCli } from './support/cli.ts';
import { closeBrowser, HOSTS, type RunningApp } from './support/hosts.ts';
import { independentS3 } from './support/independent-s3.ts';

afterAll(closeBrowser);

const SEEDED = 320;
const READER = { accessKeyId: 'ONLYREADS', secretAccessKey: 'may-get-and-not-list' };
const DEMO = ['run', 'agentic-agent', '--backend-type', 'demo', '--agent', 'prompt', '--question', 'Why?'];
const RESULTS = new URL('./support/archived-results.ts', import.meta.url).href;

const grid = (page: Page): Locator => page.getByRole('grid', { name: 'Archived results' });
const rows = (page: Page): Locator => grid(page).locator('[data-key]');
const truth = (page: Page): Locator => page.getByTestId('truth');
const filtered = (page: Page): Locator => page.getByTestId('filtered');
const banner = (page: Page): Locator => page.getByRole('region', { name: 'Archived result' });
const inspector = (page: Page): Locator => page.getByRole('complementary', { name: 'Inspector' });
const jump = (page: Page): Locator => page.getByRole('textbox', { name: 'Jump to a job id, key or URI' });
/** Waits for the element. */
const says = (locator: Locator): Promise<string> => locator.innerText();
const go = (page: Page, hash: string): Promise<void> =>
  page.evaluate((next) => {
    window.location.hash = next;
  }, hash);
const jobHash = (key: string, jobId: string): string =>
  `#/s/${encodeURIComponent(`archive:env:${key}`)}/jobs/${jobId}`;
const idOf = (key: string): string => key.replace(/^.*\//, '').replace(/\.json$/, '');
const jobsOf = (board: Locator): Promise<string[]> =>
  board.evaluateAll((all) => all.map((one) => one.dataset.job ?? '').toSorted());
/** The waterfall is drawn when its rows stand and its canvas holds something other than its background. */
const drawn = (page: Page): Promise<boolean> =>
  page.evaluate(() => {
    const canvas = document.querySelector<HTMLCanvasElement>('[role="treegrid"] canvas.wf-bars');
    if (canvas === null || canvas.width === 0) return false;
    const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d', {
      willReadFrequently: true,
    });
    copy?.drawImage(canvas, 0, 0);
    const pixels = copy?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
    return new Set(new Uint32Array(Uint8Array.from(pixels).buffer)).size > 1;
  });

async function download(page: Page, click: () => Promise<void>): Promise<Buffer> {
  const [file] = await Promise.all([page.waitForEvent('download'), click()]);
  return readFileSync(await file.path());
}

for (const host of HOSTS) {
  describe.skipIf(host.skipped !== null)(
    `the archive in the ${host.name} host${host.skipped === null ? '' : ` (${host.skipped})`}`,
    () => {
      let server: S3Process;
      let app: RunningApp;
      let page: Page;
      /** Of jobs that this app ran, as it delivered them. */
      let own: readonly string[];
      /** One of them, whose question was `Why?`. */
      let asks: string;
      let keys: readonly string[];
      /** A seeded result of which one byte of a value was changed, and one whose body is sealed under another key. */
      let changed: string;
      let misplaced: string;

      beforeAll(async () => {
        const until = Math.floor(Date.now() / 1000) - 600;
        server = await spawnS3Process({
          buckets: [BUCKET],
          credentials: [TEST_CREDENTIAL, { ...READER, permissions: ['get'] }],
        });
        await server.seed({
          bucket: BUCKET,
          module: RESULTS,
          name: sealedResults.name,
          args: { count: SEEDED, until },
        });
        const seeded = await server.keys(BUCKET);
        [changed = '', misplaced = ''] = seeded.filter((key) => key.startsWith('results/research/'));
        const record = JSON.parse(String(await server.get(BUCKET, changed))) as ResultRecord;
        const body = String(bytesOf(record)).replace('"Because."', '"Becauze."');
        await server.put(BUCKET, changed, Buffer.from(body));
        const other = JSON.parse(String(await server.get(BUCKET, misplaced))) as ResultRecord;
        await server.put(
          BUCKET,
          misplaced,
          bytesOf(resealed({ ...other, tenant: 'acme', tenant_id: 'acme' })),
        );

        app = await host.start({ env: bucketEnv(server.url) });
        page = app.page;
        await page.getByRole('button', { name: 'Run a sample job' }).click();
        const others = [1, 2].map(() => runCli([...DEMO, '--json', '--data', app.dataDir]));
        await page.getByText('succeeded').first().waitFor();
        const asked = (await Promise.all(others)).map(
          (ran) => (oneDocument(ran).job as unknown as { readonly job_id: string }).job_id,
        );
        await vi.waitUntil(async () => (await server.puts()).length === 3, { timeout: 10_000 });
        own = (await server.puts()).map(({ key }) => key);
        asks = own.find((key) => asked.includes(idOf(key))) ?? '';
        keys = await server.keys(BUCKET);
        expect(keys).toHaveLength(SEEDED + 3);
      });
      beforeEach(async () => {
        await go(page, '#/archive');
        await truth(page)
          .filter({ hasText: /^323 keys, complete: yes/ })
          .waitFor();
      });
      afterAll(async () => {
        await app?.close();
        await server?.close();
        expect(app?.complaints ?? []).toEqual([]);
      });

      it('browses all of them and filters by tenant, kind, day and text, saying what was filtered', async () => {
        await expect.poll(() => page.url()).toContain('#/archive/env');
        await expect.poll(() => grid(page).getAttribute('aria-rowcount')).toBe('324');
        await expect.poll(() => rows(page).count()).toBeGreaterThan(10);
        const expectMatches = async (fits: (key: string) => boolean): Promise<void> => {
          const count = keys.filter(fits).length;
          expect(count).toBeGreaterThan(0);
          const verb = count === 1 ? 'matches' : 'match';
          await expect.poll(() => says(filtered(page))).toBe(`${count} ${verb}, of all 323 keys`);
          await expect.poll(() => grid(page).getAttribute('aria-rowcount')).toBe(String(count + 1));
          for (const shown of await rows(page).evaluateAll((all) => all.map((one) => one.dataset.key)))
            expect(shown).toSatisfy(fits);
        };
        await page.getByRole('checkbox', { name: /^acme/ }).check();
        await expectMatches((key) => key.startsWith('results/acme/'));
        await page.getByRole('checkbox', { name: /^benchmark/ }).check();
        await expectMatches((key) => key.startsWith('results/acme/benchmark/'));
        await page.getByRole('button', { name: 'Clear', exact: true }).click();
        await expect.poll(() => filtered(page).count()).toBe(0);

        const today = own[0]?.split('/')[3] ?? '';
        await page.locator(`svg [data-date="${today}"]`).click();
        await expectMatches((key) => key.includes(`/${today}/`));
        await page.getByRole('textbox', { name: 'Filter by a part of the key' }).fill('agentic');
        await expectMatches((key) => key.includes(`/${today}/`) && key.includes('agentic'));
        // The filter is in the link.
        await page.reload();
        await expectMatches((key) => key.includes(`/${today}/`) && key.includes('agentic'));
      });

      it('jumps by job id and opens the result unchanged in the Job view, verifies and compares it', async () => {
        const [key = ''] = own;
        await jump(page).fill(idOf(key));
        await jump(page).press('Enter');
        await page.getByText('Found in the index:').waitFor();
        await expect.poll(() => says(inspector(page))).toContain('succeeded');
        await jump(page).press('Enter');
        await banner(page).waitFor();
        await expect.poll(() => says(banner(page))).toContain('unchanged since written');
        await expect.poll(() => says(page.getByRole('treegrid'))).toContain('provider.teardown');
        await expect.poll(() => drawn(page)).toBe(true);
        const gets = (await server.requests()).get;
        await banner(page).getByRole('button', { name: 'Verify again' }).click();
        await expect.poll(async () => (await server.requests()).get).toBeGreaterThan(gets);
        await expect.poll(() => says(banner(page))).toContain('unchanged since written');
        await banner(page).getByRole('button', { name: 'Compare with local' }).click();
        await page.getByText('are equal in every member').waitFor();
      });

      it('reports a changed byte with its code, and where the archive and this computer differ', async () => {
        const key = asks;
        const before = (await server.get(BUCKET, key)) ?? Buffer.alloc(0);
        await server.put(BUCKET, key, Buffer.from(String(before).replace('"Why?"', '"Who?"')));
        try {
          await go(page, jobHash(key, idOf(key)));
          await banner(page).waitFor();
          await expect.poll(() => says(banner(page))).toContain('FAILED');
          await expect.poll(() => says(banner(page))).toContain('archive.hash_mismatch');
          await banner(page).getByRole('button', { name: 'Compare with local' }).click();
          const diff = banner(page).getByRole('table');
          await expect.poll(() => says(diff)).toMatch(/\/request\/question\s+"Who\?"\s+"Why\?"/);
        } finally {
          await server.put(BUCKET, key, before);
        }
        // What was put back is what was written.
        await banner(page).getByRole('button', { name: 'Verify again' }).click();
        await expect.poll(() => says(banner(page))).toContain('unchanged since written');
        await page.getByText('What is stored now is not what is shown.').waitFor();
      });

      it('reports a sealed forgery under a wrong key', async () => {
        await go(page, `#/archive/env?key=${encodeURIComponent(misplaced)}`);
        await inspector(page).getByRole('button', { name: 'Verify' }).click();
        await expect.poll(() => says(inspector(page))).toContain('archive.key_mismatch');
        expect(await says(inspector(page))).toContain('Failed: this is not what was written');
        await inspector(page).getByRole('button', { name: 'Open' }).click();
        await expect.poll(() => says(banner(page))).toContain('FAILED');
        await expect.poll(() => says(banner(page))).toContain('archive.key_mismatch');
      });

      it('verifies the whole prefix, and its report names the two that fail', async () => {
        await page.getByRole('button', { name: 'Verify below results/', exact: true }).click();
        await page.getByText('321 results unchanged, 2 failed.').waitFor();
        await page.getByRole('link', { name: 'Open the report' }).click();
        const report = page.getByRole('article', { name: 'Verification report' });
        await report.waitFor();
        const text = await says(report);
        expect(text).toContain('2 of 323 results failed.');
        expect(text).not.toContain('not complete');
        const table = await report
          .getByRole('row')
          .evaluateAll((all) => all.map((one) => (one.textContent ?? '').replace(/\s+/g, ' ')));
        expect(table.find((one) => one.includes(changed))).toContain('archive.hash_mismatch');
        expect(table.find((one) => one.includes(misplaced))).toContain('archive.key_mismatch');
        const json = JSON.parse(
          String(await download(page, () => page.getByRole('button', { name: 'Save JSON' }).click())),
        );
        expect(json).toMatchObject({ verified: 321, unsealed: 0, complete: true });
        expect(json.failed).toHaveLength(2);
      });

      it('imports the marked results for comparison', async () => {
        await page.getByRole('checkbox', { name: /^blue-team/ }).check();
        await expect.poll(() => says(filtered(page))).toContain('match, of all 323 keys');
        await grid(page).focus();
        for (let n = 0; n < 3; n++) for (const key of ['j', 'x']) await page.keyboard.press(key);
        await page.getByText(/^3 selected/).waitFor();
        const marked = await grid(page)
          .locator('[data-key][aria-selected="true"]')
          .evaluateAll((all) => all.map((one) => one.dataset.key ?? ''));
        await page.keyboard.press('m');
        await page.getByText('3 results imported.').waitFor();
        await page.getByRole('link', { name: 'Open the imported jobs' }).click();
        const board = page.getByRole('grid', { name: 'Jobs' }).locator('[data-job]');
        await expect.poll(() => jobsOf(board)).toEqual(marked.map(idOf).toSorted());
      });

      it('gives the bytes that an independent client reads', async ({ skip, annotate }) => {
        const { accessKeyId, secretAccessKey } = TEST_CREDENTIAL;
        const client = await independentS3({
          endpoint: server.url,
          bucket: BUCKET,
          accessKeyId,
          secretAccessKey,
        });
        if ('reason' in client) return skip(client.reason);
        await annotate(client.name);
        try {
          expect(await client.list('results/')).toEqual(keys);
          for (const key of [...own, changed]) {
            await go(page, `#/archive/env?key=${encodeURIComponent(key)}`);
            await expect.poll(() => inspector(page).textContent()).toContain(idOf(key));
            const saved = await download(page, () =>
              inspector(page).getByRole('button', { name: 'Download' }).click(),
            );
            expect(saved.equals(await client.get(key))).toBe(true);
            const put = (await server.puts()).find((one) => one.key === key);
            if (put !== undefined) expect(createHash('sha256').update(saved).digest('hex')).toBe(put.sha256);
          }
        } finally {
          await client.close();
        }
      });

      it('opens a link to an archived result after a restart', async () => {
        const [, , key = ''] = own;
        await app.quit();
        const quiet = app.complaints.length;
        app = await host.start({ env: bucketEnv(server.url), dataDir: app.dataDir });
        page = app.page;
        expect(quiet).toBe(0);
        await go(page, jobHash(key, idOf(key)));
        await page.reload();
        await expect.poll(() => says(banner(page))).toContain('unchanged since written');
        await expect.poll(() => drawn(page)).toBe(true);
        // The index is there before anything is listed anew.
        await server.configure({ latencyMs: 8000 });
        try {
          await go(page, '#/archive/env');
          await expect.poll(() => rows(page).count()).toBeGreaterThan(10);
          expect(await says(truth(page))).toMatch(
            /^loaded 323 keys, complete: no, last listed whole just now/,
          );
        } finally {
          await server.configure({ latencyMs: 0 });
        }
      });

      it('opens by key and job id where listing is forbidden, and says so with its code', async () => {
        const reader = await host.start({ env: bucketEnv(server.url, READER) });
        try {
          await go(reader.page, '#/archive/env');
          await reader.page.getByText('archive.access_denied').waitFor();
          expect(await says(truth(reader.page))).toContain('complete: no');
          const [key = ''] = keys;
          await jump(reader.page).fill(key);
          await jump(reader.page).press('Enter');
          await expect.poll(() => says(inspector(reader.page))).toContain('Because.');
          await jump(reader.page).press('Enter');
          await expect.poll(() => says(banner(reader.page))).toContain('unchanged since written');
          await go(reader.page, '#/archive/env');
          await jump(reader.page).fill(idOf(asks));
          await jump(reader.page).press('Enter');
          await reader.page.getByText(/^Found after \d+ requests?:$/).waitFor();
          await expect.poll(() => says(inspector(reader.page))).toContain('Why?');
          expect(reader.complaints).toEqual([]);
        } finally {
          await reader.close();
        }
      });
    },
  );
}
