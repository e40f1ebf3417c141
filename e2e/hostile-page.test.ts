import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright';
import { afterAll, describe, expect, it } from 'vitest';
import { RuneFile } from '#core/testing/rune-file.ts';
import { closeBrowser, HOSTS } from './support/hosts.ts';

afterAll(closeBrowser);

const MARKUP = '<img src=x onerror="window.harmed=1"><script>window.harmed=1</script>';
const ODD = `${MARKUP} \u202e\u2028\u0000 \ud83d`;
const ID = `../..//"${MARKUP}?a=b#c%2f`;

/** A store whose every text tries to be more than text. */
function hostileStore(path: string): void {
  const rune = new RuneFile(path);
  const telemetry = { tokens: { total: 1 }, latency: [{ phase: ODD, ms: 1 }] };
  rune.job({
    job_id: ID,
    tenant_id: ODD,
    kind: ODD,
    status: 'failed',
    error: ODD,
    message: ODD,
    request: {
      question: ODD,
      agent: ODD,
      model: ODD,
      backend_type: ODD,
      backend_url: 'javascript:harmed=1',
      [ODD]: ODD,
    },
    result: {
      answer: `${ODD}\n[x](javascript:harmed=1)`,
      artifacts: [{ [ODD]: ODD }],
      metadata: { [ODD]: ODD },
      telemetry,
    },
  });
  const labels = { [ODD]: ODD, model: ODD, backend_url: 'javascript:harmed=1', large: 'x'.repeat(300_000) };
  rune.event({
    job_id: ID,
    event: ODD,
    status: 'error',
    error_type: ODD,
    labels,
    recorded_at: 1_777_000_002,
  });
  rune.event({ job_id: ID, event: 'agent.ask', labels, duration_ms: 900, recorded_at: 1_777_000_004 });
  rune.close();
}

const harmed = (page: Page): Promise<unknown> =>
  page.evaluate(() => [
    (globalThis as { harmed?: unknown }).harmed ?? null,
    document.querySelectorAll('img[src="x"], a[href^="javascript"], main script').length,
  ]);

for (const host of HOSTS) {
  describe.skipIf(host.skipped !== null)(
    `a store full of markup on the ${host.name} host${host.skipped === null ? '' : ` (${host.skipped})`}`,
    () => {
      it('is text everywhere, and its job can be linked to and exported', async () => {
        const dir = mkdtempSync(join(tmpdir(), 'runescope-hostile-'));
        const path = join(dir, 'jobs.db');
        hostileStore(path);
        const app = await host.start();
        const { page } = app;
        try {
          await page.getByRole('button', { name: 'Run a sample job' }).waitFor();
          await page.keyboard.press('Control+o');
          await page.getByLabel('Path of a RUNE job store').fill(path);
          await page.getByRole('dialog').getByRole('button', { name: 'Open', exact: true }).click();
          const board = page.getByRole('grid', { name: 'Jobs' });
          await board.getByText('failed').waitFor();
          expect(await board.innerText()).toContain('<img src=x');
          expect(await harmed(page)).toEqual([null, 0]);

          await board.press('Enter');
          const rows = page.getByRole('treegrid').getByRole('row');
          await expect.poll(async () => (await rows.allInnerTexts()).join()).toContain('agent.ask');
          expect((await rows.allInnerTexts()).join()).toContain('<img src=x');
          for (const tab of await page.getByRole('tab').all()) {
            await tab.click();
            expect(await harmed(page)).toEqual([null, 0]);
          }
          await page.reload();
          await expect.poll(async () => (await rows.allInnerTexts()).join()).toContain('agent.ask');
          expect(await harmed(page)).toEqual([null, 0]);
          expect(app.complaints).toEqual([]);
        } finally {
          await app.close();
          rmSync(dir, { recursive: true });
        }
      });
    },
  );
}
