import { describe, expect, it } from 'vitest';
import { stepName } from './trace-align.ts';
import { buildTrace } from './trace-build.ts';
import type { TraceColumns } from './trace-columns.ts';
import { diffTraces, shareOf, type TraceDiff } from './trace-diff.ts';
import { ownTimeOf } from './trace-own-time.ts';

/** A line a span: name (indented under its parent), then its bar; a column is a millisecond, `~` an open end. */
function drawn(picture: string, originMs = 0): TraceColumns {
  const path: { indent: number; id: string }[] = [];
  return buildTrace(
    picture
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line, i) => {
        const indent = line.search(/\S/);
        while ((path.at(-1)?.indent ?? -1) >= indent) path.pop();
        const parent = path.at(-1)?.id ?? null;
        const id = (i + 1).toString(16).padStart(16, '0');
        path.push({ indent, id });
        const from = line.indexOf('|');
        const to = Math.max(line.lastIndexOf('|'), line.lastIndexOf('~'));
        return {
          span_id: id,
          parent_span_id: parent,
          name: line.trim().split(' ')[0] ?? '',
          start_us: (1_000_000 + originMs + from) * 1000,
          duration_us: line[to] === '~' ? null : (to - from) * 1000,
          event_id: i,
          flags: 0,
          label: '',
          call: null,
        };
      }),
  );
}

const byName = (diff: TraceDiff, of: Float64Array): Record<string, number> =>
  Object.fromEntries(Array.from(of, (us, row) => [stepName(diff.steps, row), us / 1000]));

describe('own time', () => {
  it('is shared where spans work at once', () => {
    const trace = drawn(`
job   |------------------|
  a       |-------|
  b           |-------|`);
    const { ownUs, wholeUs } = ownTimeOf(trace);
    expect([...ownUs]).toEqual([7000, 6000, 6000]);
    expect(ownUs.reduce((sum, us) => sum + us)).toBe(wholeUs);
  });

  it('ends an open span with the last thing known, and is nothing in an empty trace', () => {
    const open = drawn(`
job   |----------~
  a      |--|
  b          |---|`);
    expect([...ownTimeOf(open).ownUs]).toEqual([4000, 3000, 4000]);
    expect(ownTimeOf(buildTrace([])).wholeUs).toBe(0);
  });

  it('sums to the whole over any overlapping children', () => {
    const trace = drawn(`
job   |-------------------------|
  a   |------|
  b      |-----------|
    c     |--|
    d      |----|
  e                   |~
  f                          |`);
    const { ownUs, wholeUs } = ownTimeOf(trace);
    expect(ownUs.reduce((sum, us) => sum + us)).toBeCloseTo(wholeUs, 6);
    expect(Math.min(...ownUs)).toBeGreaterThanOrEqual(0);
  });
});

describe('the difference of two traces', () => {
  const a = `
job      |----------|
  ask     |--------|
    call   |------|`;
  const b = `
job      |------------------|
  ask     |----------------|
    call   |--------------|`;

  it('is explained by own time, wherever the jobs stand in time', () => {
    const diff = diffTraces(drawn(a), drawn(b, 123_456));
    expect(diff.deltaUs).toBe(8000);
    expect(byName(diff, diff.ownDeltaUs)).toEqual({ job: 0, ask: 0, call: 8 });
    expect(byName(diff, diff.durationDeltaUs)).toEqual({ job: 8, ask: 8, call: 8 });
    expect(stepName(diff.steps, diff.ranked[0] as number)).toBe('call');
    expect(shareOf(diff, diff.ownDeltaUs[2] as number)).toBe(1);
    expect(diff.restUs).toBe(0);
  });

  it('turns its signs when the two are swapped', () => {
    const diff = diffTraces(drawn(b), drawn(a));
    expect(diff.deltaUs).toBe(-8000);
    expect(byName(diff, diff.ownDeltaUs)).toEqual({ job: 0, ask: 0, call: -8 });
    expect(shareOf(diff, diff.ownDeltaUs[2] as number)).toBe(1);
  });

  it('counts a step of one job whole, has no delta for it, and shares with the rest sum to 100 %', () => {
    const diff = diffTraces(
      drawn(`
one    |-----|
  x    |---|
two            |---|`),
      drawn(`
one    |--------|
  load  |----|
  x          |--|
two                   |---|`),
    );
    const row = diff.steps.names.indexOf('load');
    const at = [...diff.steps.name].indexOf(row);
    expect([diff.a[at], diff.b[at]]).toEqual([-1, 1]);
    expect(diff.durationDeltaUs[at]).toBeNaN();
    expect(diff.ownDeltaUs[at]).toBe(5000);
    expect(diff.restUs).toBe(4000);
    const parts = [...diff.ownDeltaUs, diff.restUs];
    expect(parts.reduce((sum, us) => sum + (shareOf(diff, us) ?? Number.NaN), 0)).toBeCloseTo(1, 12);
  });

  it('has no shares where both took the same time', () => {
    const diff = diffTraces(drawn(a), drawn(a));
    expect(diff.deltaUs).toBe(0);
    expect(shareOf(diff, 0)).toBeNull();
    expect(diffTraces(buildTrace([]), drawn(a)).deltaUs).toBe(11_000);
  });
});
