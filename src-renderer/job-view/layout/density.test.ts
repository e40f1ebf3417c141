import { describe, expect, it } from 'vitest';
import { buildTrace } from '#shared/model/trace-build.ts';
import { SPAN_ERROR, SPAN_OPEN } from '#shared/model/trace-columns.ts';
import { draw, idOf } from '../testing.ts';
import { emptyTrace } from '../trace-store.ts';
import { buildMinimap, MINIMAP_BANDS } from './minimap.ts';
import { buildPyramid, densityOf } from './pyramid.ts';
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
    const part = densityOf(trace, pyramid, 1, trace.count, { startUs: 1000, endUs: 2000 }, 100, 0);
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
