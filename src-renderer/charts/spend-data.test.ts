import { describe, expect, it } from 'vitest';
import type { SpendReport } from '#shared/model/costs.ts';
import { spendBuckets, spendPanels, spendTable } from './spend-data.ts';

const row = (day: string, key: string | null, usd: number, basis: SpendReport['rows'][number]['basis']) => ({
  day,
  key,
  usd,
  basis,
  jobs: 2,
});
const sums = (
  panel: ReturnType<typeof spendPanels>[number] | undefined,
): readonly (readonly [string, number])[] =>
  panel?.series.map(({ key, points }) => [key, points.reduce((sum, { value }) => sum + (value ?? 0), 0)]) ??
  [];

describe('spending in panels', () => {
  const rows = [
    row('2026-11-01', 'a', 3, 'metered'),
    row('2026-11-03', 'a', 1, 'metered'),
    row('2026-11-02', 'b', 0.001, 'hardware-derived'),
    row('2026-11-02', null, 2, 'reported-tokens'),
  ];
  const totals = [
    { basis: 'metered', usd: 4, jobs: 4 },
    { basis: 'hardware-derived', usd: 0.001, jobs: 2 },
    { basis: 'reported-tokens', usd: 2, jobs: 2 },
  ] as const;

  it('has one for each basis, with every day of the time and one colour for a key', () => {
    const panels = spendPanels({ rows, totals }, { first: '2026-10-31', last: '2026-11-04' });
    expect(panels.map(({ basis, usd }) => [basis, usd])).toEqual([
      ['metered', 4],
      ['reported-tokens', 2],
      ['hardware-derived', 0.001],
    ]);
    expect(panels[0]?.series[0]?.points.map(({ value }) => value)).toEqual([0, 3, 0, 1, 0]);
    expect(sums(panels[1])).toEqual([['', 2]]);
    expect(new Set(panels.map(({ series }) => series[0]?.style)).size).toBe(3);
  });

  it('loses nothing where keys are many: the last colour has the others', () => {
    const many = Array.from({ length: 12 }, (_, i) => row('2026-11-02', `k${i}`, 12 - i, 'metered'));
    const [panel] = spendPanels(
      { rows: many, totals: [{ basis: 'metered', usd: 78, jobs: 24 }] },
      { first: null, last: '2026-11-02' },
    );
    expect(sums(panel)).toEqual([
      ['k0', 12],
      ['k1', 11],
      ['k2', 10],
      ['k3', 9],
      ['k4', 8],
      ['k5', 7],
      ['others', 21],
    ]);
  });

  it('counts by the week where days are many, to the last day', () => {
    expect(spendBuckets('2026-11-01', '2026-11-03')).toHaveLength(3);
    const weeks = spendBuckets('2026-01-01', '2026-11-03');
    expect(weeks).toHaveLength(44);
    expect(weeks.at(-1)?.to).toBeGreaterThan(new Date(2026, 10, 3).getTime() / 1000);
    const [panel] = spendPanels(
      { rows: [row('2026-11-03', 'a', 3, 'metered')], totals: [{ basis: 'metered', usd: 3, jobs: 2 }] },
      { first: '2026-01-01', last: '2026-11-03' },
    );
    expect(sums(panel)).toEqual([['a', 3]]);
  });

  it('has the rows of a basis behind it', () => {
    expect(spendTable(rows, 'metered', 'backend').rows).toEqual([
      ['2026-11-01', 'a', 3, 2, 'metered'],
      ['2026-11-03', 'a', 1, 2, 'metered'],
    ]);
  });
});
