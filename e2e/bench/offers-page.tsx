import { flushSync } from 'react-dom';
import { createRoot } from 'react-dom/client';
import '@mantine/core/styles.layer.css';
import '#renderer/styles/tokens.css';
import '#renderer/styles/base.css';
import { App } from '#renderer/app/app.tsx';
import { OffersChart } from '#renderer/charts/offers-chart.tsx';
import { plotOffers } from '#renderer/charts/offers-data.ts';
import { fakeEngine } from '#renderer/client/testing.ts';
import { madeAnswer } from '#renderer/features/offers/testing.ts';
import { JOB_AXES, offerFront } from '#shared/model/offer-front.ts';
import { nextPaint } from './waterfall-frames.ts';

/** What the bench calls in the page. */
export interface OffersPage {
  /** Redraws the scatter of so many offers, each time with other scales; milliseconds to each painted frame. */
  readonly redraw: (offers: number, rounds: number) => Promise<readonly number[]>;
  /** The same number of circles on a bare canvas, nothing else: what any scatter pays here. */
  readonly bare: (offers: number, rounds: number) => Promise<readonly number[]>;
  /** Opens the whole view over so many offers. */
  readonly open: (offers: number) => Promise<void>;
  /** Moves the limit of the price, as a slider does; milliseconds from each change to its painted frame. */
  readonly filter: (rounds: number) => Promise<readonly number[]>;
}

const WIDTH = 1100;
const HEIGHT = 380;
/** Rounds that make the canvas and compile what is measured. */
const WARM_UP = 8;
const host = document.getElementById('root') as HTMLElement;
let root = createRoot(host);
const none = (): void => {};

async function redraw(count: number, rounds: number): Promise<readonly number[]> {
  const { offers } = madeAnswer(0, { n: count });
  const front = new Set([...offerFront(offers, JOB_AXES).front].map((i) => offers[i]?.id));
  const times: number[] = [];
  for (let i = 0; i < WARM_UP + rounds; i++) {
    await nextPaint();
    const start = performance.now();
    const width = WIDTH - (i % 40) * 4;
    const plot = plotOffers({
      shown: offers,
      out: [],
      isFront: ({ id }) => front.has(id),
      axes: JOB_AXES,
      log: i % 2 === 0,
      width,
      height: HEIGHT,
    });
    // A disk may be too small for any model.
    if (plot.points.length < 0.99 * count)
      throw new Error(`Only ${plot.points.length} of ${count} offers are placed.`);
    flushSync(() =>
      root.render(
        <OffersChart
          plot={plot}
          shown={offers}
          axes={JOB_AXES}
          width={width}
          height={HEIGHT}
          selected={null}
          hovered={null}
          pins={[]}
          brush={null}
          whyNot={() => null}
          onHover={none}
          onSelect={none}
          onBrush={none}
        />,
      ),
    );
    await nextPaint();
    if (i >= WARM_UP) times.push(performance.now() - start);
  }
  return times;
}

async function bare(count: number, rounds: number): Promise<readonly number[]> {
  const canvas = document.createElement('canvas');
  canvas.width = WIDTH;
  canvas.height = HEIGHT;
  document.body.append(canvas);
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('This browser draws nothing.');
  context.fillStyle = 'rgb(86 180 233 / 60%)';
  const times: number[] = [];
  for (let i = 0; i < rounds; i++) {
    await nextPaint();
    const start = performance.now();
    context.clearRect(0, 0, WIDTH, HEIGHT);
    for (let at = 0; at < count; at++) {
      context.beginPath();
      context.arc((at * 7.3 + i * 4) % WIDTH, (at * 3.7) % HEIGHT, 4, 0, 2 * Math.PI);
      context.fill();
    }
    await nextPaint();
    times.push(performance.now() - start);
  }
  canvas.remove();
  return times;
}

async function open(count: number): Promise<void> {
  root.unmount();
  root = createRoot(host);
  const answer = madeAnswer(Date.now() / 1000, { n: count });
  const engine = fakeEngine({
    'offers.market': () => ({ market: 'demo', has_key: false, base_url: null }),
    'offers.search': () => answer,
    'offers.models': () => [],
    'agents.list': () => [],
    'settings.get': () => ({ offers: { blocked_hosts: [], blocked_machines: [] } }),
    'rentals.status': () => ({ running: 0, usd_hour: 0, strays: [], checked_at: 0, trouble: null }),
  });
  window.location.hash = '#/offers';
  root.render(<App connection={engine.connection} />);
  while (document.querySelector('[data-offer]') === null) await nextPaint();
}

const counted = (): string => document.querySelector('[data-testid="count"]')?.textContent ?? '';

async function filter(rounds: number): Promise<readonly number[]> {
  const field = document.querySelector<HTMLInputElement>('input[aria-label="Price, at most"]');
  const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')?.set;
  if (field === null || set === undefined) throw new Error('There is no limit of the price.');
  const times: number[] = [];
  for (let i = 0; i < rounds; i++) {
    // Beyond what waits for a pause.
    await new Promise((resolve) => setTimeout(resolve, 40));
    await nextPaint();
    const before = counted();
    const start = performance.now();
    set.call(field, String(12 - (i % 50) * 0.2));
    field.dispatchEvent(new Event('input', { bubbles: true }));
    await nextPaint();
    times.push(performance.now() - start);
    if (counted() === before) throw new Error(`The filter changed nothing: ${before}`);
  }
  return times;
}

const page: OffersPage = { redraw, bare, open, filter };
(window as unknown as { offers: OffersPage }).offers = page;
