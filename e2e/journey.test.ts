import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fakeDriverCommand } from '#core/testing/fake-driver.ts';
import { RuneFile } from '#core/testing/rune-file.ts';
import { closeBrowser, HOSTS, type RunningApp } from './support/hosts.ts';

afterAll(closeBrowser);

const rowsOf = (page: Page): Locator => page.getByRole('treegrid').getByRole('row');
const board = (page: Page): Locator => page.getByRole('grid', { name: 'Jobs' });
/** Names of the rows that a screen reader would find in the waterfall. */
const spans = async (page: Page): Promise<string[]> =>
  (await rowsOf(page).allInnerTexts()).map((text) => text.split('\n')[0]?.trim() ?? '');
const activeRow = (page: Page): Promise<string> =>
  page.getByRole('treegrid').evaluate((grid) => {
    const id = grid.getAttribute('aria-activedescendant');
    return (id === null ? null : document.getElementById(id))?.textContent ?? '';
  });

/** Presses a key of the waterfall and waits for the row it leads to; a pause, which a busy computer adds, is passed by. */
async function walk(page: Page, key: string, row: string): Promise<void> {
  const grid = page.getByRole('treegrid');
  await grid.press(key);
  await expect
    .poll(async () => {
      if ((await activeRow(page)).startsWith('. gap')) await grid.press('ArrowDown');
      return activeRow(page);
    })
    .toContain(row);
}

async function startFromForm(
  page: Page,
  fill: { readonly question: string; readonly agent?: string },
): Promise<void> {
  await page.getByRole('link', { name: 'New job', exact: true }).click();
  await page.getByLabel('Question').fill(fill.question);
  if (fill.agent !== undefined) {
    await page.getByLabel('Agent', { exact: true }).first().click();
    await page.getByRole('option', { name: new RegExp(fill.agent) }).click();
  }
  await page.getByLabel('Question').press('Control+Enter');
}

for (const host of HOSTS) {
  describe.skipIf(host.skipped !== null)(
    `${host.name} host${host.skipped === null ? '' : ` (${host.skipped})`}`,
    () => {
      let app: RunningApp;
      let page: Page;
      beforeEach(async () => {
        app = await host.start({
          env: {
            RUNE_SLEEPER_DRIVER_CMD: fakeDriverCommand('hang'),
            RUNE_BROKEN_DRIVER_CMD: fakeDriverCommand('exit3'),
          },
        });
        page = app.page;
        await page.getByRole('button', { name: 'Run a sample job' }).waitFor();
      });
      afterEach(async () => {
        await app.close();
        expect(app.complaints).toEqual([]);
      });

      it('runs the sample job, shows spans before it ends, its answer, and finds the job again', async () => {
        await page.getByRole('button', { name: 'Run a sample job' }).click();
        await expect.poll(() => spans(page)).toContain('job.execute');
        const whileRunning = await spans(page);
        expect(await page.getByText('succeeded').count()).toBe(0);
        expect(whileRunning).not.toContain('provider.teardown');
        await page.getByText('succeeded').first().waitFor();
        await expect.poll(() => spans(page)).toContain('provider.teardown');
        for (const name of [
          'cost.estimate',
          'provider.provision',
          'backend.warmup',
          'agent.ask',
          'backend.chat',
        ]) {
          expect(await spans(page)).toContain(name);
        }
        await page.getByRole('tab', { name: 'Answer' }).click();
        await expect
          .poll(() => page.getByRole('complementary', { name: 'Inspector' }).innerText())
          .toContain('demo backend');

        const url = page.url();
        await page.getByRole('link', { name: 'Jobs' }).first().click();
        await board(page).getByText('succeeded').waitFor();
        await page.reload();
        await board(page).getByText('succeeded').waitFor();
        await board(page).press('Enter');
        await expect.poll(() => page.url()).toContain(url.replace(/.*\//, '').replace(/\?.*/, ''));
        await expect.poll(() => spans(page)).toContain('agent.ask');
      });

      it('cancels a running job for good', async () => {
        await startFromForm(page, { question: 'Will you ever answer?', agent: 'sleeper' });
        await expect.poll(() => spans(page)).toContain('driver.call');
        await page.getByRole('button', { name: /^Cancel/ }).click();
        await page
          .getByRole('alertdialog')
          .getByRole('button', { name: /^Cancel/ })
          .click();
        await page.getByText('cancelled').first().waitFor();
        await expect.poll(() => page.getByText('Cancelled by user').count()).toBeGreaterThan(0);
      });

      it('says why a job failed, with its code', async () => {
        await startFromForm(page, { question: 'x', agent: 'broken' });
        await page.getByText('failed').first().waitFor();
        await expect.poll(() => page.getByText('driver.exit').count()).toBeGreaterThan(0);
        await page.getByRole('treegrid').press('e');
        await expect.poll(() => activeRow(page)).toMatch(/job\.execute|agent\.ask|driver\.call/);
      });

      it('opens a RUNE store, marks what is inferred, and leaves the file as it was', async () => {
        const dir = mkdtempSync(join(tmpdir(), 'runescope-rune-'));
        const path = join(dir, 'jobs.db');
        const rune = new RuneFile(path);
        const jobId = rune.job({ status: 'succeeded', message: 'completed' });
        rune.event({
          job_id: jobId,
          event: 'ollama.model.warmup',
          duration_ms: 2000,
          recorded_at: 1_777_000_002.5,
        });
        rune.event({ job_id: jobId, event: 'agent.ask', duration_ms: 9000, recorded_at: 1_777_000_012 });
        rune.close();
        const before = createHash('sha256').update(readFileSync(path)).digest('hex');
        await page.keyboard.press('Control+o');
        await page.getByLabel('Path of a RUNE job store').fill(path);
        await page.getByRole('dialog').getByRole('button', { name: 'Open', exact: true }).click();
        await board(page).getByText('succeeded').waitFor();
        await board(page).press('Enter');
        await expect.poll(() => spans(page)).toContain('backend.warmup');
        await expect.poll(() => page.getByText(/inferred/i).count()).toBeGreaterThan(0);
        expect(createHash('sha256').update(readFileSync(path)).digest('hex')).toBe(before);
        rmSync(dir, { recursive: true });
      });

      it('says what is wrong with a file that is not a store', async () => {
        await page.keyboard.press('Control+o');
        await page.getByLabel('Path of a RUNE job store').fill('/etc/hostname');
        await page.getByRole('dialog').getByRole('button', { name: 'Open', exact: true }).click();
        await page.getByText('store.not_sqlite').waitFor();
      });

      it('is walked by keyboard alone: rows, collapse, search, zoom, inspector, palette', async () => {
        await page.getByRole('button', { name: 'Run a sample job' }).press('Enter');
        await page.getByText('succeeded').first().waitFor();
        await expect.poll(() => spans(page)).toContain('provider.teardown');
        const grid = page.getByRole('treegrid');
        await grid.press('Home');
        await expect.poll(() => activeRow(page)).toContain('job.execute');
        await walk(page, 'ArrowDown', 'cost.estimate');
        await walk(page, 'j', 'provider.provision');
        await grid.press('ArrowLeft');
        await expect.poll(() => spans(page)).not.toContain('backend.warmup');
        await grid.press('ArrowRight');
        await expect.poll(() => spans(page)).toContain('backend.warmup');
        await walk(page, 'ArrowRight', 'backend.warmup');
        await grid.press('Enter');
        await expect.poll(() => page.url()).toContain('span=');
        await expect
          .poll(() => page.getByRole('complementary', { name: 'Inspector' }).innerText())
          .toMatch(/backend_type[\s\S]*demo/);
        // A link to a span shows it and all above it.
        await page.reload();
        await expect.poll(() => activeRow(page)).toContain('backend.warmup');
        expect(await spans(page)).toContain('job.execute');
        await grid.focus();
        await grid.press('/');
        await page.keyboard.type('chat');
        await page.keyboard.press('Enter');
        await expect.poll(() => activeRow(page)).toContain('backend.chat');
        await page.keyboard.press('Escape');
        await grid.press('w');
        await grid.press('f');
        await page.keyboard.press('Control+k');
        await page.getByRole('combobox', { name: 'Search actions' }).fill('settings');
        await page.keyboard.press('Enter');
        await expect.poll(() => page.url()).toContain('#/settings');
        await page.goBack();
        await expect.poll(() => page.url()).toContain('span=');
      });

      it('lets Enter press what has the focus, and keeps the keys of a dialog from the board below', async () => {
        await page.getByRole('button', { name: 'Run a sample job' }).click();
        await page.getByText('succeeded').first().waitFor();
        await page.keyboard.press('g');
        await page.keyboard.press('j');
        await board(page).getByText('succeeded').waitFor();
        await page.keyboard.press('?');
        await page.getByRole('dialog').waitFor();
        // The dialog has the keys from when it has the focus.
        await page.locator('[role="dialog"]:focus-within').waitFor();
        await page.keyboard.press('n');
        await page.keyboard.press('x');
        await page.keyboard.press('Escape');
        await page.getByRole('dialog').waitFor({ state: 'detached' });
        expect(page.url()).toContain('/jobs');
        expect(await board(page).locator('[aria-selected="true"]').count()).toBe(0);
        await page.getByRole('link', { name: 'New job', exact: true }).focus();
        await page.keyboard.press('Enter');
        await page.getByRole('button', { name: 'Start job' }).waitFor();
        await expect
          .poll(() => page.getByLabel('Question').evaluate((it) => it.matches(':focus')))
          .toBe(true);
      });

      it('keeps filters in the link and over a restart of the page', async () => {
        await page.getByRole('button', { name: 'Run a sample job' }).click();
        await page.getByText('succeeded').first().waitFor();
        await page.keyboard.press('g');
        await page.keyboard.press('j');
        await board(page).getByText('succeeded').waitFor();
        await page.keyboard.press('/');
        await page.keyboard.type('no such job anywhere');
        await expect.poll(() => page.url()).toContain('no');
        await expect.poll(() => board(page).getByText('succeeded').count()).toBe(0);
        await page.reload();
        await expect
          .poll(() => page.getByLabel(/^Search in job id/).inputValue())
          .toBe('no such job anywhere');
        await page.getByLabel(/^Search in job id/).fill('');
        await board(page).getByText('succeeded').waitFor();
      });
    },
  );
}
