import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { _electron, type Browser, chromium, type Page } from 'playwright';
import { isBuilt } from '#hosts/launch/build-state.ts';
import { build } from '#hosts/launch/builder.ts';
import { findElectron } from '#hosts/launch/electron-binary.ts';
import { appRoot } from '#hosts/shared/app-root.ts';
import { hasDisplay } from '#hosts/web/open-browser.ts';
import { CHROMIUM_ARGS, ensureBrowser } from './ensure-browser.ts';
import { startWebProcess } from './web-process.ts';

/** The app as a test uses it, whatever host carries it. */
export interface RunningApp {
  readonly page: Page;
  readonly dataDir: string;
  /** Errors and warnings the page logged, and what it threw. */
  readonly complaints: readonly string[];
  /** Ends the app and leaves its data directory. */
  quit(): Promise<void>;
  /** Ends the app and removes its data directory. */
  close(): Promise<void>;
}

export interface TestedHost {
  readonly name: 'web' | 'electron';
  /** Why this host cannot be tested here; null when it can. */
  readonly skipped: string | null;
  start(options?: StartOptions): Promise<RunningApp>;
}

export interface StartOptions {
  readonly scheme?: 'dark' | 'light';
  readonly size?: { readonly width: number; readonly height: number };
  readonly env?: Readonly<Record<string, string>>;
  /** One that another app has left; absent: a new one. */
  readonly dataDir?: string;
}

const SIZE = { width: 1440, height: 900 };

function listen(page: Page): string[] {
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  return complaints;
}

let shared: Promise<Browser> | null = null;
const browser = (): Promise<Browser> => {
  shared ??= chromium.launch({ executablePath: ensureBrowser(), args: [...CHROMIUM_ARGS] });
  return shared;
};

/** Ends the browser that the web host's tests share. */
export async function closeBrowser(): Promise<void> {
  await (await shared)?.close();
  shared = null;
}

const web: TestedHost = {
  name: 'web',
  skipped: null,
  start: async ({ scheme = 'dark', size = SIZE, env = {}, dataDir } = {}) => {
    // The browser first: where there is none, nothing is left running.
    const launched = await browser();
    const host = await startWebProcess(env, dataDir);
    const context = await launched.newContext({ viewport: size, colorScheme: scheme });
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    const page = await context.newPage();
    const complaints = listen(page);
    await page.goto(host.launchUrl);
    return {
      page,
      dataDir: host.dataDir,
      complaints,
      quit: () => host.quit(),
      close: async () => {
        await context.close();
        await host.stop();
      },
    };
  },
};

const binary = findElectron(appRoot);
const whyNoElectron =
  binary === null ? "Electron's binary is not installed" : hasDisplay() ? null : 'there is no display';

export const electron: TestedHost = {
  name: 'electron',
  skipped: whyNoElectron,
  start: async ({ scheme = 'dark', env = {}, dataDir: left } = {}) => {
    if (!isBuilt(appRoot) && (await build(true)) !== 0) throw new Error('The build failed.');
    const dataDir = left ?? mkdtempSync(join(tmpdir(), 'runescope-desktop-'));
    const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    const app = await _electron.launch({
      executablePath: binary ?? '',
      args: [...asRoot, appRoot, `--data=${dataDir}`],
      colorScheme: scheme,
      env: { ...(process.env as Record<string, string>), ...env },
    });
    const page = await app.firstWindow();
    return {
      page,
      dataDir,
      complaints: listen(page),
      quit: () => app.close(),
      close: async () => {
        await app.close();
        rmSync(dataDir, { recursive: true, force: true });
      },
    };
  },
};

export const HOSTS: readonly TestedHost[] = [web, electron];
