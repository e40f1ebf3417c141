import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { _electron, type ElectronApplication } from 'playwright';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isBuilt } from '#hosts/launch/build-state.ts';
import { build } from '#hosts/launch/builder.ts';
import { findElectron } from '#hosts/launch/electron-binary.ts';
import { appRoot } from '#hosts/shared/app-root.ts';
import { hasDisplay } from '#hosts/web/open-browser.ts';
import { runSampleJob } from './support/sample-job.ts';

const electron = findElectron(appRoot);
const missing =
  electron === null ? "Electron's binary is not installed" : hasDisplay() ? null : 'there is no display';

describe.skipIf(missing !== null)(
  `the desktop app${missing === null ? '' : ` (skipped: ${missing})`}`,
  () => {
    let app: ElectronApplication;
    let dataDir: string;
    beforeEach(async () => {
      if (!isBuilt(appRoot) && (await build(true)) !== 0) throw new Error('The build failed.');
      dataDir = mkdtempSync(join(tmpdir(), 'runescope-desktop-'));
      const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
      app = await _electron.launch({
        executablePath: electron ?? '',
        args: [...asRoot, appRoot, `--data=${dataDir}`],
      });
    });
    afterEach(async () => {
      await app.close();
      rmSync(dataDir, { recursive: true, force: true });
    });

    it('runs the sample job in a page that cannot leave, open windows or reach Node', async () => {
      const page = await app.firstWindow();
      await runSampleJob(page, dataDir);
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
      expect(app.windows()).toHaveLength(1);
    });

    it('frees its data directory when it is closed', async () => {
      await app.firstWindow();
      expect(existsSync(join(dataDir, 'engine.lock'))).toBe(true);
      await app.close();
      expect(existsSync(join(dataDir, 'engine.lock'))).toBe(false);
    });
  },
);
