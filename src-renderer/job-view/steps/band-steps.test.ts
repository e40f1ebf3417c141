import { describe, expect, it } from 'vitest';
import type { BandRow } from '#shared/model/compare.ts';
import { BandSteps } from './band-steps.ts';

const row = (
  name: string,
  parent: number,
  start: BandRow['start'],
  duration: BandRow['duration'],
  changes: Partial<BandRow> = {},
): BandRow => ({
  path: name,
  name,
  depth: parent + 1,
  parent,
  n: 40,
  errors: 0,
  start,
  duration,
  slowest: { source: 'own', job_id: 'j', span_id: '1', duration_ms: 9 },
  ...changes,
});
const steps = new BandSteps({
  rows: [
    row('job', -1, [0, 0, 0], [90, 100, 110]),
    row('ask', 0, [5, 10, 20], [10, 50, 105], { n: 38, errors: 2 }),
    row('call[2]', 1, [5, 10, 20], [10, 40, 60]),
    row('stop', 0, [80, 90, 120], [1, 2, 3]),
  ],
  jobs: 40,
  left_out: 0,
  duplicates: 0,
  rows_left_out: 0,
  took_ms: 1,
});

describe('steps as percentiles', () => {
  it('are a tree, and by importance those of the widest band first', () => {
    expect([...steps.subtreeEnd]).toEqual([4, 3, 3, 4]);
    expect([...steps.ranked]).toEqual([1, 2, 0, 3]);
  });
  it('reach to the last that any percentile does', () => {
    expect(steps.extent).toEqual({ startUs: 0, endUs: 120_000 });
    expect(steps.times(1)).toEqual({ startUs: 5000, endUs: 115_000 });
  });
  it('say in how many jobs they are, and how many failed', () => {
    expect(steps.text(0)).toMatchObject({ detail: '', mark: '', figure: '100 ms' });
    expect(steps.text(1)).toMatchObject({ detail: '38 of 40', mark: '✕ 2', figure: '50.0 ms' });
    expect(() => steps.row(4)).toThrow('There is no step 4.');
  });
  it('have the colour of their name, whichever place they have among their like', () => {
    const plain = new BandSteps({ ...steps.bands, rows: [row('driver.call', -1, [0, 0, 0], [1, 2, 3])] });
    const second = new BandSteps({ ...steps.bands, rows: [row('driver.call[2]', -1, [0, 0, 0], [1, 2, 3])] });
    expect(second.layer(0)).toBe(plain.layer(0));
    expect(second.layer(0)).not.toBe(steps.layer(0));
  });
});
