import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

/** Without a GPU, a user namespace or a large /dev/shm: what a container or a CI machine has. */
export const CHROMIUM_ARGS = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'] as const;

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];
const MAC_APPS = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];
const IN_CACHE = [
  'chrome-linux/chrome',
  'chrome-linux64/chrome',
  'chrome-mac/Chromium.app/Contents/MacOS/Chromium',
  'chrome-win/chrome.exe',
  'chrome-win64/chrome.exe',
];

/** Where Playwright keeps the browsers it downloads. */
function playwrightCache(): string {
  const chosen = process.env.PLAYWRIGHT_BROWSERS_PATH;
  if (chosen !== undefined && chosen !== '' && chosen !== '0') return chosen;
  if (process.platform === 'darwin') return join(homedir(), 'Library/Caches/ms-playwright');
  if (process.platform === 'win32') return join(homedir(), 'AppData/Local/ms-playwright');
  return join(homedir(), '.cache/ms-playwright');
}

function* candidates(): Generator<string> {
  const chosen = process.env.RUNESCOPE_CHROMIUM;
  if (chosen !== undefined && chosen !== '') {
    yield chosen;
    return;
  }
  const suffix = process.platform === 'win32' ? '.exe' : '';
  for (const name of NAMES) {
    for (const folder of (process.env.PATH ?? '').split(delimiter)) yield join(folder, name + suffix);
  }
  if (process.platform === 'darwin') yield* MAC_APPS;
  // Where Debian's package puts it, should PATH leave that out.
  if (process.platform === 'linux') yield '/usr/bin/chromium';
  const cache = playwrightCache();
  if (!existsSync(cache)) return;
  const newestFirst = readdirSync(cache)
    .filter((name) => /^chromium-\d+$/.test(name))
    .sort((a, b) => Number(b.slice(9)) - Number(a.slice(9)));
  for (const name of newestFirst) yield* IN_CACHE.map((inside) => join(cache, name, inside));
}

/** A Chromium that is there already: RUNESCOPE_CHROMIUM, then PATH, then Playwright's downloads. */
export function findBrowser(): string | null {
  for (const path of candidates()) if (existsSync(path)) return path;
  return null;
}

const run = (command: string, args: readonly string[]): boolean =>
  spawnSync(command, args, {
    stdio: ['ignore', 2, 2],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    timeout: 300_000,
    shell: process.platform === 'win32',
  }).status === 0;

/**
 * Path of a Chromium, installed first if none is there: by apt on Debian and Ubuntu as root, by Playwright elsewhere.
 * Throws one sentence when there is none to be had.
 */
export function ensureBrowser(): string {
  const chosen = process.env.RUNESCOPE_CHROMIUM;
  const present = findBrowser();
  if (present !== null) return present;
  if (chosen !== undefined && chosen !== '')
    throw new Error(`RUNESCOPE_CHROMIUM names ${chosen}, and there is no such file.`);
  process.stderr.write('No Chromium found; installing one for the browser tests...\n');
  const mayUseApt = existsSync('/etc/debian_version') && process.getuid?.() === 0;
  if (mayUseApt && run('apt-get', ['update', '-q'])) {
    run('apt-get', ['install', '-y', '-q', '--no-install-recommends', 'chromium', 'fonts-dejavu-core']);
  }
  const playwright = join(import.meta.dirname, '..', '..', 'node_modules', 'playwright', 'cli.js');
  if (findBrowser() === null) run(process.execPath, [playwright, 'install', 'chromium']);
  const installed = findBrowser();
  if (installed === null) {
    throw new Error(
      'The browser tests need a Chromium and none could be installed: install Chromium or Chrome, or set RUNESCOPE_CHROMIUM to one.',
    );
  }
  return installed;
}
