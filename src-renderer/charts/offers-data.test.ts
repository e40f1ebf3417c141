import { describe, expect, it } from 'vitest';
import type { PricedOffer } from '#shared/model/offers.ts';
import { pricedOffer } from '#shared/model/testing.ts';
import {
  alphaOf,
  axisValue,
  isWithin,
  OFFERS_MARGIN,
  offerNear,
  offersTable,
  plotOffers,
  shapeOf,
  valueAt,
} from './offers-data.ts';

const AXES = { x: 'usd_per_job', y: 'seconds_per_job' } as const;
const at = (id: number, usd: number, seconds: number, more: Partial<PricedOffer> = {}): PricedOffer =>
  pricedOffer({
    id,
    usd_per_job: { p10: usd / 2, p50: usd, p90: usd * 2 },
    seconds_per_job: { p10: seconds / 2, p50: seconds, p90: seconds * 2 },
    ...more,
  });
const plotOf = (shown: readonly PricedOffer[], more: Partial<Parameters<typeof plotOffers>[0]> = {}) =>
  plotOffers({
    shown,
    out: [],
    isFront: ({ id }) => id === 1,
    axes: AXES,
    log: null,
    width: 800,
    height: 300,
    ...more,
  });

describe('a plot of offers', () => {
  it('is logarithmic where values span more than fifty times, and linear when that is wanted', () => {
    const wide = [at(1, 0.01, 60), at(2, 1, 100)];
    const plot = plotOf(wide);
    expect([plot.x.log, plot.y.log, plot.spansMuch]).toEqual([true, false, true]);
    expect(plotOf(wide, { log: false }).x.log).toBe(false);
    expect(plotOf([at(1, 0.5, 60), at(2, 1, 100)], { log: true }).x.log).toBe(false);
  });

  it('has whole minutes and hours on a logarithmic axis of time', () => {
    const { y } = plotOf([at(1, 1, 45), at(2, 1, 30_000)]);
    expect(y.log).toBe(true);
    expect(y.ticks.length).toBeGreaterThan(2);
    expect(y.ticks.every((tick) => tick % 30_000 === 0)).toBe(true);
  });

  it('paints the front last, and leaves out what an axis has no value for', () => {
    const plot = plotOf([at(1, 1, 60), at(2, 2, 70), at(3, 2, 70, { usd_per_job: null })], {
      out: [at(4, 1.5, 65), at(5, 900, 65)],
    });
    expect(plot.points.map(({ offer, standing }) => [offer.id, standing])).toEqual([
      [4, 'out'],
      [2, 'dominated'],
      [1, 'front'],
    ]);
    expect(plot.unplaced).toBe(1);
  });

  it('reads a value back from its pixel, and ends where the axis ends', () => {
    for (const plot of [plotOf([at(1, 0.01, 60), at(2, 1, 100)]), plotOf([at(1, 0.5, 60), at(2, 1, 9000)])]) {
      const [x, y] = [0.7, 80_000];
      expect(valueAt(plot.x, plot.x.at(x))).toBeCloseTo(x, 9);
      expect(valueAt(plot.y, plot.y.at(y)) / y).toBeCloseTo(1, 9);
      expect(valueAt(plot.x, -50)).toBeCloseTo(plot.x.domain[0], 12);
      expect(plot.x.at(plot.x.domain[0])).toBe(OFFERS_MARGIN.left);
    }
  });

  it('takes the front before a grey one that is as near', () => {
    const { points, byId } = plotOf([at(1, 1, 60), at(2, 1, 60), at(3, 9, 900)]);
    const one = byId.get(1);
    if (one === undefined) throw new Error('not placed');
    expect(offerNear(points, one.x + 1, one.y)?.offer.id).toBe(1);
    expect(offerNear(points, one.x + 100, one.y)).toBeNull();
  });
});

it('brushes by values: an offer without a place lies in no rectangle', () => {
  const brush = { x: [0.5, 1], y: [60_000, 90_000] } as const;
  const inside = (offer: PricedOffer): boolean => isWithin(offer, AXES, brush);
  expect(
    [at(1, 0.5, 60), at(2, 0.49, 60), at(3, 1, 91), at(4, 1, 70, { usd_per_job: null })].map(inside),
  ).toEqual([true, false, false, false]);
  expect(axisValue(at(1, 1, 60), 'seconds_per_job')).toBe(60_000);
});

it('is fainter by nines, and shaped by what the market has checked', () => {
  const alphas = [0.5, 0.9, 0.99, 0.999].map(alphaOf);
  expect(alphas).toEqual(alphas.toSorted((a, b) => a - b));
  expect(new Set(alphas).size).toBe(4);
  expect(alphaOf(1)).toBe(0.95);
  expect(
    [null, 'verified', 'unverified', 'deverified'].map((verification) => shapeOf({ verification })),
  ).toEqual(['cross', 'circle', 'triangle', 'cross']);
});

it('has every field in the table behind, exact', () => {
  const { columns, rows } = offersTable([at(1, 0.123_456, 60, { static_ip: true })], () => 'front');
  const row = Object.fromEntries(columns.map(({ id }, i) => [id, rows[0]?.[i]]));
  expect(row).toMatchObject({
    standing: 'front',
    usd_per_job: 0.123_456,
    usd_per_job_p90: 0.246_912,
    gpu_total_ram: 24_564,
    static_ip: 'yes',
    model: 'llama3.1:8b',
  });
  expect(columns.length).toBe(new Set(columns.map(({ id }) => id)).size);
});
