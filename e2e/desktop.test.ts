import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { electron, type RunningApp } from './support/hosts.ts';
import { runSampleJob } from './support/sample-job.ts';

describe.skipIf(electron.skipped !== null)(
  `the desktop app${electron.skipped === null ? '' : ` (skipped: ${electron.skipped})`}`,
  () => {
    let app: RunningApp;
    beforeEach(async () => {
      app = await electron.start();
    });
    afterEach(() => app.close());

    it('runs the sample job in a page that cannot leave, open windows or reach Node', async () => {
      const { page } = app;
      await runSampleJob(page, app.dataDir);
      expect(page.url()).toMatch(/^app:\/\/runescope\/#/);
      expect(
        await page.evaluate(() => [
          typeof Reflect.get(window, 'require'),
          typeof Reflect.get(window, 'process'),
        ]),
      ).toEqual(['undefined', 'undefined']);
      expect(await page.evaluate(() => window.open('https://example.com') === null)).toBe(true);
      await page.evaluate(() => {
        window.location.href = 'https://example.com';
      });
      await page.waitForTimeout(500);
      expect(page.url()).toMatch(/^app:\/\/runescope\/#/);
      expect(page.context().pages()).toHaveLength(1);
    });

    it('frees its data directory when it is closed', async () => {
      const lock = join(app.dataDir, 'engine.lock');
      expect(existsSync(lock)).toBe(true);
      await app.quit();
      expect(existsSync(lock)).toBe(false);
    });
  },
);
