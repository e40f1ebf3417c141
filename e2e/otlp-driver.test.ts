import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fakeDriverCommand } from '#core/testing/fake-driver.ts';
import { closeBrowser, HOSTS, type RunningApp } from './support/hosts.ts';
import { withEngine } from './support/paid-jobs.ts';

afterAll(closeBrowser);

const WAIT = { timeout: 20_000 };
/** What the driver of these tests sends: a model call while it runs, and the agent's own span when it has ended. */
const CHAT = 'chat fake-4o';
const AGENT = 'invoke_agent fake';

const rows = (page: Page): Locator => page.getByRole('treegrid').getByRole('row');
/** The rows of the waterfall from the top: how deep each stands, and its name. */
const tree = (page: Page): Promise<readonly string[]> =>
  rows(page).evaluateAll((all) =>
    all
      .map((row) => `${row.getAttribute('aria-level')} ${row.textContent?.split('\n')[0]?.trim() ?? ''}`)
      .filter((row) => /^\d/.test(row) && !row.includes('gap')),
  );
const levelOf = async (page: Page, name: string): Promise<number> =>
  Number((await tree(page)).find((row) => row.includes(name))?.split(' ')[0] ?? Number.NaN);
const inspector = (page: Page): Locator => page.getByRole('complementary', { name: 'Inspector' });

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

for (const host of HOSTS) {
  describe.skipIf(host.skipped !== null)(
    `spans of a driver, ${host.name} host${host.skipped === null ? '' : ` (${host.skipped})`}`,
    () => {
      let app: RunningApp;
      let page: Page;
      let dir: string;
      let port: number;
      beforeEach(async () => {
        dir = mkdtempSync(join(tmpdir(), 'runescope-otlp-'));
        port = await freePort();
        const dataDir = join(dir, 'data');
        await withEngine(dataDir, {}, ({ client }) =>
          client.settings.set({ version: 1, http: { otlp_in: { enabled: true, port } } }),
        );
        app = await host.start({
          dataDir,
          env: { RUNE_TRACED_DRIVER_CMD: fakeDriverCommand('traced', join(dir, 'go')) },
        });
        page = app.page;
        await page.getByRole('button', { name: 'Run a sample job' }).waitFor();
      });
      afterEach(async () => {
        // What waits for it ends.
        writeFileSync(join(dir, 'go'), '');
        await app.close();
        rmSync(dir, { recursive: true, force: true });
        expect(app.complaints).toEqual([]);
      });

      it('stand below driver.call while it runs, and below one another when it has ended', async () => {
        await page.getByRole('link', { name: 'New job', exact: true }).click();
        await page.getByLabel('Question').fill('What do you see?');
        await page.getByLabel('Agent', { exact: true }).first().click();
        await page.getByRole('option', { name: /traced/ }).click();
        await page.getByLabel('Question').press('Control+Enter');

        await expect.poll(() => tree(page), WAIT).toContainEqual(expect.stringContaining(CHAT));
        // The driver is still at work: it waits for the file.
        expect(await page.getByText('succeeded').count()).toBe(0);
        expect((await tree(page)).join('\n')).not.toContain(AGENT);
        const call = await levelOf(page, 'driver.call');
        expect(await levelOf(page, CHAT)).toBe(call + 1);

        writeFileSync(join(dir, 'go'), '');
        await page.getByText('succeeded').first().waitFor(WAIT);
        await expect.poll(() => levelOf(page, AGENT), WAIT).toBe(call + 1);
        await expect.poll(() => levelOf(page, CHAT), WAIT).toBe(call + 2);
        const names = (await tree(page)).map((row) => row.replace(/^\d+ /, ''));
        expect(names.findIndex((name) => name.includes(CHAT))).toBeGreaterThan(
          names.findIndex((name) => name.includes(AGENT)),
        );

        // As it was sent, and by the names of today.
        await rows(page).filter({ hasText: CHAT }).click();
        const said = () => inspector(page).innerText();
        await expect.poll(said, WAIT).toContain('gen_ai.system');
        for (const text of ['gen_ai.provider.name', 'openai', 'gen_ai.usage.input_tokens', 'fake-agent'])
          expect(await said()).toContain(text);
      });

      it('of nobody here are a source of their own', async () => {
        const start = BigInt(Date.now()) * 1_000_000n;
        const span = (id: string, parentSpanId: string, name: string, ms: bigint) => ({
          traceId: '0af7651916cd43dd8448eb211c80319c',
          spanId: id.repeat(16),
          parentSpanId,
          name,
          startTimeUnixNano: String(start),
          endTimeUnixNano: String(start + ms * 1_000_000n),
        });
        const spans = [
          span('1', '', 'agent run elsewhere', 900n),
          span('2', '1'.repeat(16), 'tool call', 300n),
        ];
        const service = { key: 'service.name', value: { stringValue: 'elsewhere' } };
        const answer = await fetch(`http://127.0.0.1:${port}/v1/traces`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({
            resourceSpans: [{ resource: { attributes: [service] }, scopeSpans: [{ spans }] }],
          }),
        });
        expect(answer.status).toBe(200);
        const switcher = page.getByRole('button', { name: /^Source:/ });
        await expect
          .poll(async () => {
            await page.keyboard.press('Escape');
            await switcher.click();
            return page.getByRole('menuitem', { name: /External traces/ }).count();
          }, WAIT)
          .toBe(1);
        await page.getByRole('menuitem', { name: /External traces/ }).click();
        const board = page.getByRole('grid', { name: 'Jobs' });
        await board.getByText('agent run elsewhere').first().waitFor(WAIT);
        await board.press('Enter');
        await expect
          .poll(() => tree(page), WAIT)
          .toEqual([
            expect.stringMatching(/^1 .*agent run elsewhere/),
            expect.stringMatching(/^2 .*tool call/),
          ]);
      });
    },
  );
}
