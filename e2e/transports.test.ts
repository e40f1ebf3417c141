import { type Browser, chromium, type Page } from 'playwright';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CHROMIUM_ARGS, ensureBrowser } from './support/ensure-browser.ts';
import { installFakePreload } from './support/fake-preload.ts';
import { runSampleJob } from './support/sample-job.ts';
import { startWebProcess, type WebProcess } from './support/web-process.ts';

let browser: Browser;
let host: WebProcess;
let page: Page;
/** What the browser complained about: policy violations, script errors, failed loads. */
let complaints: string[];

beforeAll(async () => {
  browser = await chromium.launch({ executablePath: ensureBrowser(), args: [...CHROMIUM_ARGS] });
});
afterAll(() => browser.close());
beforeEach(async () => {
  host = await startWebProcess();
  page = await browser.newPage();
  complaints = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.addInitScript(() =>
    document.addEventListener('securitypolicyviolation', (event) =>
      console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`),
    ),
  );
});
afterEach(async () => {
  await page.close();
  await host.stop();
});

async function visitEveryView(): Promise<void> {
  for (const hash of ['#/new', '#/settings', '#/s/own/jobs']) {
    await page.evaluate((to) => {
      window.location.hash = to;
    }, hash);
    await page.waitForTimeout(300);
  }
  await page.keyboard.press('Control+k');
  await page.getByRole('dialog').first().waitFor();
  await page.keyboard.press('Escape');
}

describe('the production page in a real Chromium', () => {
  it('runs a job over the WebSocket under the strict policy, without one complaint', async () => {
    const sockets: string[] = [];
    page.on('websocket', (socket) => sockets.push(socket.url()));
    const response = await page.goto(host.launchUrl);
    expect(response?.headers()['content-security-policy']).not.toContain('unsafe');
    expect(page.url()).not.toContain('token');
    await runSampleJob(page, host.dataDir);
    await visitEveryView();
    expect(sockets.every((url) => url === `ws://${new URL(host.launchUrl).host}/rpc`)).toBe(true);
    expect(sockets.length).toBeGreaterThan(0);
    expect(complaints).toEqual([]);
  });

  it('runs a job over a MessagePort, as in Electron', async () => {
    const preload = await installFakePreload(page);
    await page.goto(host.launchUrl);
    await runSampleJob(page, host.dataDir);
    await visitEveryView();
    // Far more than the handshake: calls, the trace's bytes and the live stream all came this way.
    expect(await preload.pumped()).toBeGreaterThan(20);
    expect(complaints).toEqual([]);
  });

  it('is the policy that stops an inline script, not luck', async () => {
    await page.goto(host.launchUrl);
    await page.evaluate(() => {
      const script = document.createElement('script');
      script.textContent = 'window.injected = true';
      document.body.append(script);
      const image = document.createElement('img');
      image.src = 'https://evil.example/x.png';
      document.body.append(image);
    });
    await expect.poll(() => complaints.filter((text) => text.startsWith('policy:')).length).toBe(2);
    expect(await page.evaluate(() => 'injected' in window)).toBe(false);
  });

  it('lets a second browser in only by a link of its own', async () => {
    await page.goto(host.launchUrl);
    const stranger = await browser.newContext();
    const other = await stranger.newPage();
    expect((await other.goto(host.launchUrl))?.status()).toBe(401);
    expect(await other.textContent('body')).toContain('Open Runescope by the link it printed');
    await stranger.close();
  });
});
