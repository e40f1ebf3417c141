import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import '@mantine/core/styles.layer.css';
import '#renderer/styles/tokens.css';
import '#renderer/styles/base.css';
import { App } from '#renderer/app/app.tsx';
import { type Answers, type FakeEngine, fail, fakeEngine } from '#renderer/client/testing.ts';
import type { OffersQuery } from '#shared/contract/offers.ts';
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
const count = (): string => at('count')?.textContent ?? '';
const shown = async (): Promise<void> => {
  await until(() => rows().length > 5 && at('offers-plot') !== null);
};
/** Where an offer's ring stands once it is selected; the plot in the window's pixels. */
const ring = (): { readonly x: number; readonly y: number } => {
  const plot = at('offers-plot')?.getBoundingClientRect();
  const circle = at('offers-plot')?.querySelector('[data-whiskers] + circle');
  if (plot === undefined || circle == null) throw new Error('No offer has a ring.');
  return {
    x: plot.left + Number(circle.getAttribute('cx')),
    y: plot.top + Number(circle.getAttribute('cy')),
  };
};
const pointer = (type: string, x: number, y: number): void => {
  at('offers-plot')?.dispatchEvent(
    new PointerEvent(type, { bubbles: true, clientX: x, clientY: y, button: 0, pointerId: 1 }),
  );
};

beforeEach(async () => {
  await page.viewport(1440, 900);
  window.localStorage.clear();
  world = madeWorld(NOW);
  // A made pointer has nothing to capture.
  Element.prototype.setPointerCapture = () => {};
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

describe('the market', () => {
  it('asks once with nothing hidden, ranks by $ per job, and is a demo for all to see', async () => {
    show('#/offers');
    await shown();
    expect(engine.inputsOf('offers.search')).toMatchObject([
      {
        filter: { type: 'ondemand', defaults: { verified: false, rentable: false } },
        model: '',
        agent: 'prompt',
      },
    ]);
    const usd = rows().map(
      ({ dataset }) => MARKET.find(({ id }) => id === Number(dataset.offer))?.usd_per_job?.p50,
    );
    expect(usd).toEqual(usd.toSorted((a, b) => (a ?? 0) - (b ?? 0)));
    expect(text()).toContain('DEMO');
    expect(text()).toContain('VAST_API_KEY');
    expect(host.querySelector('[role="note"] a')?.getAttribute('href')).toBe('#/settings/secrets');
    expect(at('age')?.textContent).toMatch(/^quoted 4\d s ago$/);
    expect(text()).toContain('Cheapest finished job');
    expect(host.querySelector('[data-front]')?.getAttribute('d')).toMatch(/^M[\d.]+ [\d.]+H/);
  });

  it('refreshes on demand, and says how old what it shows is', async () => {
    world.answer = { ...world.answer, searched_at: NOW - 3700, market: 'vastai' };
    show('#/offers');
    await shown();
    expect(at('age')?.textContent).toBe('quoted 1 h ago');
    expect(text()).not.toContain('DEMO');
    await userEvent.keyboard('r');
    await until(() => at('age')?.textContent?.startsWith('quoted just now'));
    expect(engine.inputsOf('offers.search').at(-1)).toMatchObject({ max_age_s: 0 });
  });

  it('says with its code why there is no answer, and keeps what was known', async () => {
    let failing = true;
    world.answer = { ...world.answer, market: 'vastai' };
    show('#/offers', {
      'offers.search': ({ market, max_age_s }: OffersQuery) =>
        failing && market !== 'demo'
          ? fail({ code: 'vastai.bad_key', message: 'Vast.ai refuses the key.' })
          : max_age_s === 0
            ? fail({ code: 'vastai.unreachable', message: 'Nobody answers.', retryable: true })
            : { ...world.answer, market: market ?? 'vastai' },
    });
    await until(() => host.querySelector('[role="alert"]')?.textContent?.includes('vastai.bad_key'));
    expect(host.querySelector('[role="alert"] a')?.getAttribute('href')).toBe('#/settings/secrets');
    await page.getByRole('button', { name: 'Look at the demo market' }).click();
    await shown();
    expect(text()).toContain('These offers are made up');
    await page.getByRole('button', { name: "Show Vast.ai's" }).click();
    failing = false;
    await page.getByRole('button', { name: 'Try again' }).click();
    await until(() => host.querySelector('[role="alert"]') === null && rows().length > 5);
    await page.getByRole('button', { name: 'Refresh' }).click();
    await until(() => host.querySelector('[role="alert"]')?.textContent?.includes('vastai.unreachable'));
    expect(text()).toContain('Below is what it said');
    expect(rows().length).toBeGreaterThan(5);
  });

  it('tells an empty market from filters that leave nothing', async () => {
    world.answer = { ...world.answer, offers: [] };
    show('#/offers');
    await until(() => text().includes('The market has no offer'));
    root.unmount();
    root = createRoot(host);
    world.answer = { ...world.answer, offers: MARKET };
    show('#/offers?dph_total=900..');
    await until(() => text().includes('No offer matches'));
    expect(text()).toContain('303 do not meet the filters');
    await page.getByRole('button', { name: 'Clear the filters' }).click();
    await shown();
    await until(() => hash() === '#/offers');
  });
});

describe('the plot and its table', () => {
  it('are one: what is pointed at in one is in the other, and who is dominated says by whom', async () => {
    show('#/offers');
    await shown();
    const grey = rows().find(({ dataset }) => dataset.standing === 'dominated');
    grey?.click();
    await until(() => hash().includes(`offer=${grey?.dataset.offer}`));
    await until(() => at('offers-plot')?.querySelector('[data-whiskers]') !== null);
    const { x, y } = ring();
    pointer('pointerover', x, y);
    pointer('pointermove', x, y);
    await until(() => host.querySelector('[role="tooltip"]') !== null);
    const tip = host.querySelector('[role="tooltip"]')?.textContent ?? '';
    expect(tip).toMatch(/Dominated by #\d+ because: .*(less per job|as cheap).*reliable/);
    expect(tip).toContain('$ per job');
    expect(host.querySelector('[data-hovered="true"]')).not.toBeNull();
    expect(at('why')?.textContent).toMatch(/^Dominated by #\d+ because/);
  });

  it('narrow the table by a drag, and widen it with Escape', async () => {
    show('#/offers');
    await shown();
    expect(count()).toMatch(/^\d+ of 303 offers$/);
    const plot = at('offers-plot')?.getBoundingClientRect();
    if (plot === undefined) throw new Error('no plot');
    pointer('pointerdown', plot.left + 80, plot.top + plot.height / 2);
    pointer('pointermove', plot.left + 300, plot.bottom - 45);
    pointer('pointerup', plot.left + 300, plot.bottom - 45);
    await until(() => /^\d+ brushed clear/.test(count()) && hash().includes('brush='));
    expect(host.querySelector('[data-brush]')).not.toBeNull();
    const brushed = Number.parseInt(count(), 10);
    expect(brushed).toBeGreaterThan(0);
    expect(host.querySelector('[role="grid"]')?.getAttribute('aria-rowcount')).toBe(String(brushed + 1));
    await userEvent.keyboard('{Escape}');
    await until(() => !count().includes('brushed') && !hash().includes('brush='));
  });

  it('are walked by key, sorted by header, and have their figures as rows', async () => {
    show('#/offers');
    await shown();
    await userEvent.keyboard('jjj');
    const third = rows()[2]?.dataset.offer;
    await until(() => hash().includes(`offer=${third}`));
    expect(at('detail')?.getAttribute('aria-label')).toBe(`Offer ${third}`);
    await page.getByRole('button', { name: 'Sort by DLPerf' }).click();
    await until(() => hash().includes('sort=-dlperf'));
    const dlperf = rows().map(
      ({ dataset }) => MARKET.find(({ id }) => id === Number(dataset.offer))?.dlperf ?? 0,
    );
    expect(dlperf.slice(0, 8)).toEqual(dlperf.slice(0, 8).toSorted((a, b) => b - a));
    await userEvent.keyboard('t');
    await until(() => host.querySelector('figure table tbody tr') !== null && hash().includes('table=yes'));
    expect(host.querySelector('figure thead')?.textContent).toContain('Memory bandwidth, GB/s');
  });

  it('show on demand what is left out, each with its reason, and never on the front', async () => {
    show('#/offers');
    await shown();
    expect(row('3')).toBeNull();
    await userEvent.keyboard('h');
    await until(() => row('3') !== null);
    expect(row('3')?.textContent).toContain('it is listed for another market');
    expect(row('3')?.dataset.standing).toBe('out');
    expect(count()).toMatch(/^\d+ of 303/);
    row('3')?.click();
    await until(() => at('detail')?.textContent?.includes('Left out: it is listed for another market.'));
    // Hidden is not forbidden: who chooses it may have it. What does not fit may nobody.
    await expect.element(page.getByRole('link', { name: /^Rent and run/ })).toBeVisible();
    window.location.hash = '#/offers?offer=2';
    await until(() => at('detail')?.textContent?.includes('Left out: no model of the table fits.'));
    await expect.element(page.getByRole('button', { name: /^Rent and run/ })).toBeDisabled();
  });

  it('keep their axes in the address, logarithmic where the values span much', async () => {
    show('#/offers?x=dph_total&y=gpu_mem_bw');
    await shown();
    const words = (): string => at('offers-plot')?.querySelector('svg')?.textContent ?? '';
    expect(words()).toContain('$ per hour, storage included');
    expect(words()).toContain('memory bandwidth of a GPU, GB/s');
    expect(text()).toContain('Cheapest hour');
    await page.getByRole('combobox', { name: 'Vertical axis' }).click();
    await page.getByRole('option', { name: 'DLPerf' }).click();
    await until(() => hash().includes('y=dlperf') && words().includes('DLPerf'));
  });
});

describe('the filters', () => {
  const field = (name: string) => page.getByRole('textbox', { name, exact: true });

  it('answer at once, in the page, and count what they take away', async () => {
    show('#/offers');
    await shown();
    const before = Number.parseInt(count(), 10);
    await field('Price, at most').fill('0.5');
    await until(() => Number.parseInt(count(), 10) < before);
    await until(() => hash().includes('dph_total=..0.5'));
    await field('GPU memory, at least').fill('24');
    await until(() => hash().includes('gpu_total_ram=24000..'));
    expect(text()).toMatch(/left out: \d+ not as asked for/);
    await page.getByRole('slider', { name: 'Reliability, at least' }).element();
    host.querySelector<HTMLElement>('[role="slider"][aria-label="Reliability, at least"]')?.focus();
    await userEvent.keyboard('{ArrowRight}{ArrowRight}{ArrowRight}');
    await until(() => hash().includes('reliability=0.'));
    await field('Price, at most').fill('x');
    expect(hash()).toContain('dph_total=..0.5');
    expect(engine.inputsOf('offers.search').length).toBe(1);
    await page.getByRole('button', { name: 'Clear', exact: true }).click();
    await until(() => Number.parseInt(count(), 10) === before);
  });

  it("show the market's defaults with what each hides", async () => {
    show('#/offers');
    await shown();
    const unverified = MARKET.filter(({ verification }) => verification !== 'verified').length;
    const section = host.querySelector('section[aria-label="What the market hides"]');
    expect(section?.textContent).toContain(`Verified onlyhides ${unverified}`);
    const before = Number.parseInt(count(), 10);
    await page.getByRole('switch', { name: 'Verified only' }).click({ force: true });
    await until(() => Number.parseInt(count(), 10) === before + unverified);
    expect(section?.textContent).toContain(`would hide ${unverified}`);
    await until(() => hash().includes('off=verified'));
  });

  it('have facets whose counts stand still while one is chosen, and ranges on demand', async () => {
    show('#/offers');
    await shown();
    const gpus = host.querySelector('section[aria-label="GPU"]');
    const before = gpus?.textContent;
    await page.getByRole('checkbox', { name: /^RTX 4090/ }).click();
    await until(() => hash().includes('gpu=RTX+4090'));
    expect(gpus?.textContent?.replace('GPUAll', 'GPU')).toBe(before);
    await page.getByRole('combobox', { name: 'Another range' }).click();
    await page.getByRole('option', { name: 'CUDA' }).click();
    await until(() => host.querySelector('[data-field="cuda_max_good"]') !== null);
  });

  it('ask again only for another model, agent or way to rent', async () => {
    show('#/offers');
    await shown();
    await page.getByRole('combobox', { name: 'Model' }).fill('llama3.1:70b');
    await until(() => engine.inputsOf('offers.search').length === 2);
    expect(engine.inputsOf('offers.search').at(-1)).toMatchObject({ model: 'llama3.1:70b' });
    await until(() => text().includes('too small for the model'));
    await expect.element(page.getByRole('option', { name: /^mixtral:8x22b/ })).toBeVisible();
    await page.getByRole('combobox', { name: 'Model' }).fill('frobnicator');
    await until(() => text().includes('Nobody knows how much memory frobnicator needs'));
    await page.getByText('Interruptible').click();
    await until(() => (engine.inputsOf('offers.search').at(-1) as OffersQuery).filter.type === 'bid');
  });

  it('leave what is there in sight until the other kind has come', async () => {
    show('#/offers', {
      'offers.search': ({ filter }: OffersQuery) =>
        filter.type === 'bid' ? new Promise(() => {}) : world.answer,
    });
    await shown();
    const before = count();
    await page.getByText('Interruptible').click();
    await until(() => engine.inputsOf('offers.search').length === 2);
    expect(count()).toBe(before);
    expect(text()).not.toContain('No offer matches');
  });
});

it('fits a narrow window: nothing is wider than it, filters come when they are wanted', async () => {
  await page.viewport(1024, 700);
  // A demo beside a key has the widest toolbar: a choice of markets and the label.
  show('#/offers?offer=1&pin=1&pin=10001', {
    'offers.market': () => ({ market: 'vastai', has_key: true, base_url: null }),
  });
  await until(() => rows().length > 2 && at('detail') !== null);
  expect(host.querySelector('search[aria-label="Filters"]')).toBeNull();
  expect(document.documentElement.scrollWidth).toBe(1024);
  const toolbar = host.querySelector('[role="toolbar"]');
  expect(toolbar?.scrollWidth).toBeLessThanOrEqual(toolbar?.clientWidth ?? 0);
  await userEvent.keyboard('f');
  await until(() => host.querySelector('search[aria-label="Filters"]') !== null);
});

it('goes from page to page by key, and comes back to what was chosen', async () => {
  show('#/offers?gpu=RTX+4090');
  await shown();
  await userEvent.keyboard(']');
  await until(() => hash() === '#/offers/rentals');
  await userEvent.keyboard(']');
  await until(() => hash() === '#/offers/machines');
  await userEvent.keyboard(']');
  await until(() => hash() === '#/offers?gpu=RTX+4090');
  await userEvent.keyboard('gj');
  await until(() => hash().startsWith('#/s/own/jobs'));
  await userEvent.keyboard('go');
  await until(() => hash() === '#/offers');
  window.location.hash = '#/offers/nonsense';
  await until(() => text().includes('Offers has no such page'));
});
