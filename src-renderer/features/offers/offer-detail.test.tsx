import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import '@mantine/core/styles.layer.css';
import '#renderer/styles/tokens.css';
import '#renderer/styles/base.css';
import { App } from '#renderer/app/app.tsx';
import { type Answers, type FakeEngine, fakeEngine } from '#renderer/client/testing.ts';
import { MARKET, madeWorld, type OffersWorld, offersAnswers } from './testing-engine.ts';

const NOW = Date.now() / 1000;
let root: Root;
let host: HTMLElement;
let engine: FakeEngine;
let world: OffersWorld;

function show(hash: string, answers: Answers = {}): void {
  engine = fakeEngine({ ...offersAnswers(world), ...answers });
  window.location.hash = hash;
  root.render(<App connection={engine.connection} />);
}
const until = (what: () => unknown): Promise<unknown> => expect.poll(what, { timeout: 8_000 }).toBeTruthy();
const text = (): string => host.textContent ?? '';
const at = (name: string): HTMLElement | null => host.querySelector(`[data-testid="${name}"]`);
const hash = (): string => decodeURIComponent(window.location.hash);
const rows = (): readonly HTMLElement[] =>
  [...host.querySelectorAll<HTMLElement>('[data-offer]')].sort(
    (a, b) => Number(a.getAttribute('aria-rowindex')) - Number(b.getAttribute('aria-rowindex')),
  );
const row = (id: string | undefined): HTMLElement | null => host.querySelector(`[data-offer="${id}"]`);
const shown = async (): Promise<void> => {
  await until(() => rows().length > 5 && at('offers-plot') !== null);
};

beforeEach(async () => {
  await page.viewport(1440, 900);
  window.localStorage.clear();
  world = madeWorld(NOW);
  host = document.createElement('div');
  host.style.cssText = 'position:fixed;inset:0';
  document.body.append(host);
  root = createRoot(host);
});
afterEach(() => {
  root.unmount();
  engine.connection.dispose();
  host.remove();
  window.location.hash = '';
});

describe('one offer', () => {
  it('says what the job there is made of, and leads to it', async () => {
    show('#/offers?offer=1');
    await until(() => at('detail')?.textContent?.includes('p90'));
    const detail = at('detail')?.textContent ?? '';
    for (const words of [
      'boot',
      'download',
      'load',
      'run',
      'bandwidth',
      'Interruption',
      'Run: by memory bandwidth',
    ])
      expect(detail).toContain(words);
    await until(() => at('detail')?.querySelector('svg[data-plot="prices"]') !== null);
    const rent = at('detail')?.querySelector('a');
    expect(rent?.textContent).toBe('Rent and run… $3.20/h');
    const fit = MARKET.find(({ id }) => id === 1)?.fit?.model ?? '';
    expect(rent?.getAttribute('href')).toBe(`#/new?offer=1&market=demo&model=${encodeURIComponent(fit)}`);
    expect(at('detail')?.scrollWidth).toBeLessThanOrEqual(at('detail')?.clientWidth ?? 0);
    await page.getByRole('button', { name: 'Quote again' }).click();
    await until(() => at('detail')?.textContent?.includes('+212.2 %'));
  });

  it('is blocked with its machine or its host, and is left out from then on', async () => {
    show('#/offers?offer=1');
    await until(() => at('detail') !== null);
    await page.getByRole('button', { name: 'Block host 777' }).click();
    await until(() => at('detail')?.textContent?.includes('its host is blocked'));
    expect(world.blocked.blocked_hosts).toEqual([777]);
    await until(() => text().includes('2 blocked'));
    await page.getByRole('button', { name: 'Unblock host 777' }).click();
    await until(() => !text().includes('blocked'));
  });

  it('may be gone', async () => {
    show('#/offers?offer=987');
    await until(() => text().includes('The market does not offer 987 any more'));
  });
});

describe('pinned offers', () => {
  it('stand side by side, what differs marked and the best named, and survive in the address', async () => {
    show('#/offers');
    await shown();
    await userEvent.keyboard('jpjpjp');
    await until(() => (hash().match(/pin=/g) ?? []).length === 3);
    await userEvent.keyboard('v');
    await until(() => at('comparison')?.querySelectorAll('thead th').length === 4);
    await until(() => hash().includes('compare=yes'));
    expect(at('comparison')?.querySelectorAll('thead a').length).toBe(3);
    const cheapest = at('comparison')?.querySelectorAll('[data-field="usd_per_job"] td')[0];
    expect(cheapest?.getAttribute('data-best')).toBe('true');
    expect(cheapest?.textContent).toMatch(/^\$[\d.]+ \(\$[\d.]+ to \$[\d.]+\) best$/);
    expect(at('comparison')?.querySelector('[data-field="static_ip"]')?.getAttribute('data-differs')).toBe(
      'false',
    );
    const all = at('comparison')?.querySelectorAll('tbody tr').length ?? 0;
    await page.getByRole('checkbox', { name: 'Only what differs' }).click();
    await until(() => (at('comparison')?.querySelectorAll('tbody tr').length ?? 0) < all);
    await page.getByRole('button', { name: 'Unpin A' }).click();
    await until(() => at('comparison')?.querySelectorAll('thead th').length === 3);
    await userEvent.keyboard('{Escape}');
    await until(() => at('offers-plot') !== null);
  });

  it('are four at most, and one that is gone says so', async () => {
    const [a, b, c] = MARKET;
    show(`#/offers?pin=${a?.id}&pin=${b?.id}&pin=${c?.id}&pin=999&compare=yes`);
    await until(() => at('comparison')?.textContent?.includes('No longer offered'));
    await userEvent.keyboard('{Escape}');
    await shown();
    const fifth = rows().find(
      ({ dataset }) => !['A', 'B', 'C'].some((name) => row(dataset.offer)?.textContent?.startsWith(name)),
    );
    fifth?.click();
    await until(() => at('detail') !== null);
    await userEvent.keyboard('p');
    expect((hash().match(/pin=/g) ?? []).length).toBe(4);
  });
});
