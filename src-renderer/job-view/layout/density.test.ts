import { describe, expect, it } from 'vitest';
import { buildTrace } from '#shared/model/trace-build.ts';
import { SPAN_ERROR, SPAN_OPEN } from '#shared/model/trace-columns.ts';
import { draw, idOf } from '../testing.ts';
import { emptyTrace } from '../trace-store.ts';
import { buildMinimap, MINIMAP_BANDS } from './minimap.ts';
import { buildPyramid, densityOf, MERGE_PX } from './pyramid.ts';
import { buildTree, extentOf } from './tree.ts';

/** A root and `n` children of a microsecond each, one every ten; every hundredth failed. */
const many = (n: number) =>
  buildTrace([
    {
      span_id: idOf('root'),
      parent_span_id: null,
      name: 'job',
      start_us: 0,
      duration_us: n * 10,
      event_id: 1,
      flags: 0,
      label: '',
      call: null,
    },
    ...Array.from({ length: n }, (_, i) => ({
      span_id: (i + 1).toString(16).padStart(16, 'f'),
      parent_span_id: idOf('root'),
      name: 'driver.call',
      start_us: i * 10,
      duration_us: 1,
      event_id: i + 2,
      flags: i % 100 === 0 ? SPAN_ERROR : 0,
      label: '',
      call: null,
    })),
  ]);

describe('densityOf', () => {
  it('counts every span that lies in the range, and every failure, whatever the zoom', () => {
    const trace = many(5000);
    const pyramid = buildPyramid(trace);
    for (const width of [1, 7, 100, 1000]) {
      const whole = densityOf(trace, pyramid, 1, trace.count, { startUs: 0, endUs: 50_000 }, width, 0);
      expect([whole.total, whole.totalErrors]).toEqual([5000, 50]);
    }
  });

  it('agrees with counting one by one where bars are wide enough not to merge', () => {
    const trace = draw(`
job   |---------|
  a   |--|
  b    |----|
  c          |--|`);
    const density = densityOf(trace, buildPyramid(trace), 1, 4, { startUs: 0, endUs: 10_000 }, 10, 0);
    //                                         0  1  2  3  4  5  6  7  8  9
    expect([...density.count].slice(0, 10)).toEqual([1, 2, 2, 1, 1, 1, 0, 1, 1, 1]);
  });

  it('leaves out what lies outside the window and follows an open span to now', () => {
    const trace = many(5000);
    const pyramid = buildPyramid(trace);
    const part = densityOf(trace, pyramid, 1, trace.count, { startUs: 1000, endUs: 1995 }, 100, 0);
    expect(part.total).toBe(100);
    const open = draw(
      `
job  |----~
  a    |--~`,
      { job: SPAN_OPEN, a: SPAN_OPEN },
    );
    const grown = densityOf(open, buildPyramid(open), 1, 2, { startUs: 0, endUs: 8000 }, 8, 6000);
    expect([...grown.count].slice(0, 8)).toEqual([0, 0, 1, 1, 1, 1, 0, 0]);
  });

  it('keeps an instant at the very end, where a job that failed says so', () => {
    const failed = draw(
      `
job    |-------|
  call |---|
  fail         |`,
      { fail: SPAN_ERROR },
    );
    const { total, totalErrors, errors } = densityOf(
      failed,
      buildPyramid(failed),
      1,
      3,
      extentOf(failed, 0),
      8,
      0,
    );
    expect([total, totalErrors, errors[7]]).toEqual([2, 1, 1]);
  });

  it('keeps a whole block of instants at the very end', () => {
    const marks = Array.from({ length: 40 }, (_, i) => `  m${i}${' '.repeat(4 - String(i).length)}        |`);
    const trace = draw(`job    |------|\n${marks.join('\n')}`);
    const { total } = densityOf(trace, buildPyramid(trace), 1, 41, extentOf(trace, 0), 8, 0);
    expect([trace.startUs[40], total]).toEqual([extentOf(trace, 0).endUs, 40]);
  });

  it('says of any slice and window what counting one by one says, to within the width at which bars merge', () => {
    const trace = many(3000);
    const pyramid = buildPyramid(trace);
    for (const [from, to] of [
      [1, 3001],
      [5, 300],
      [16, 272],
      [17, 18],
      [2990, 3001],
    ] as const) {
      for (const range of [
        { startUs: 0, endUs: 30_000 },
        { startUs: 995, endUs: 4021 },
        { startUs: 20_000, endUs: 20_100 },
      ]) {
        const { total, totalErrors, count } = densityOf(trace, pyramid, from, to, range, 50, 0);
        const mergeUs = ((range.endUs - range.startUs) / 50) * MERGE_PX;
        const inside = (slackUs: number, failed: boolean): number => {
          let sum = 0;
          for (let i = from; i < to; i++) {
            const start = trace.startUs[i] ?? 0;
            const end = start + (trace.durationUs[i] ?? 0);
            if (failed && ((trace.flags[i] ?? 0) & SPAN_ERROR) === 0) continue;
            if (start <= range.endUs + slackUs && end >= range.startUs - slackUs) sum++;
          }
          return sum;
        };
        expect(total).toBeGreaterThanOrEqual(inside(0, false));
        expect(total).toBeLessThanOrEqual(inside(mergeUs, false));
        expect(totalErrors).toBeGreaterThanOrEqual(inside(0, true));
        expect(totalErrors).toBeLessThanOrEqual(inside(mergeUs, true));
        expect(Math.max(...count) > 0).toBe(total > 0);
        expect(Math.min(...count)).toBeGreaterThanOrEqual(0);
      }
    }
  });

  it('opens a block of sixteen that holds an open span as far as the clock has come', () => {
    const spans = Array.from(
      { length: 17 },
      (_, i) => `  c${i} ${' '.repeat(4 - String(i).length)}|${i === 3 ? '~' : '|'}`,
    );
    const trace = draw(`job     |~\n${spans.join('\n')}`);
    const pyramid = buildPyramid(trace);
    const range = { startUs: 0, endUs: 100_000 };
    const { count, total } = densityOf(trace, pyramid, 0, trace.count, range, 100, 100_000);
    expect(total).toBe(18);
    expect([count[0], count[99]]).toEqual([18, 2]);
  });

  it('has nothing to say about no spans', () => {
    const nothing = densityOf(emptyTrace(), buildPyramid(emptyTrace()), 0, 0, { startUs: 0, endUs: 1 }, 4, 0);
    expect([...nothing.count]).toEqual([0, 0, 0, 0, 0]);
  });
});

describe('buildMinimap', () => {
  it('has a band a depth, the layer most spans there belong to, and a tick where a failed one ends', () => {
    const trace = draw(
      `
job.execute    |---------|
  agent.ask     |----|
    driver.call |---|
    x           |-|`,
      { 'driver.call': SPAN_ERROR },
    );
    const map = buildMinimap(trace, buildTree(trace), extentOf(trace, 0), 10, 0);
    expect(map.bands).toBe(3);
    expect([...map.count.subarray(0, 10)]).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 1, 1]);
    expect([...map.count.subarray(20, 30)]).toEqual([0, 2, 2, 1, 1, 0, 0, 0, 0, 0]);
    expect(map.maxCount).toBe(2);
    expect([...map.errors]).toEqual([0, 0, 0, 0, 1, 0, 0, 0, 0, 0]);
  });

  it('folds what is deeper into the last band, and an empty trace into an empty one', () => {
    const empty = buildMinimap(emptyTrace(), buildTree(emptyTrace()), { startUs: 0, endUs: 1 }, 3, 0);
    expect([...empty.count]).toEqual([0, 0, 0]);
    const deep = draw(
      Array.from({ length: 20 }, (_, i) => `${' '.repeat(i)}n${i}${' '.repeat(60 - i)}|-----|`).join('\n'),
    );
    expect(buildMinimap(deep, buildTree(deep), extentOf(deep, 0), 5, 0).bands).toBe(MINIMAP_BANDS);
  });
});
