import { describe, expect, it } from 'vitest';
import type { LiveSpan } from '#shared/contract/types.ts';
import { buildTrace, type TraceSpan } from '#shared/model/trace-build.ts';
import { SPAN_ERROR, spanIdAt } from '#shared/model/trace-columns.ts';
import { moveBy, stepTo } from './navigate.ts';
import { at, draw, idOf, namesOf } from './testing.ts';
import { TraceStore } from './trace-store.ts';
import { TraceView } from './trace-view.ts';

const PICTURE = `
job    |-----------------------------|
  a    |--------|
    b      |---|
  c                  |------|
  d                                |-|`;
const viewOf = (picture: string, flags: Record<string, number> = {}): TraceView =>
  new TraceView(new TraceStore(draw(picture, flags), () => {}), () => null);
const rowsOf = (view: TraceView): string[] => namesOf(view.trace, view.rows);
const on = (view: TraceView): string | undefined => namesOf(view.trace, [view.cursor])[0];

describe('collapse all and expand all', () => {
  it('leave the roots with their children, and give every row back', () => {
    const view = viewOf(PICTURE);
    const all = rowsOf(view);
    expect(all).toEqual(['job', 'a', 'gap 0', 'b', 'gap 1', 'gap 2', 'c', 'gap 3', 'd']);
    view.setAllCollapsed(true);
    expect(rowsOf(view)).toEqual(['job', 'a', 'gap 2', 'c', 'gap 3', 'd']);
    view.setAllCollapsed(false);
    expect(rowsOf(view)).toEqual(all);
  });

  it('do not collapse a leaf', () => {
    const view = viewOf(PICTURE);
    view.setCollapsed(at(view.trace, 'c'), true);
    expect(view.collapsed.every((flag) => flag === 0)).toBe(true);
  });
});

describe('a cursor in what was collapsed', () => {
  it('on a span goes on from the row that stands for it', () => {
    const view = viewOf(PICTURE);
    view.cursor = at(view.trace, 'b');
    view.setCollapsed(at(view.trace, 'a'), true);
    expect(view.positionOf(view.cursor)).toBe(1);
    moveBy(view, 1);
    expect(on(view)).toBe('gap 2');
  });

  it('on a gap does too, and does not jump to the top', () => {
    const view = viewOf(`
job    |-----------------------------|
  x    |--|
  a       |-----------|
    b         |---|
  c                   |--------------|`);
    expect(rowsOf(view)).toEqual(['job', 'x', 'a', 'gap 0', 'b', 'gap 1', 'c']);
    view.cursor = -1;
    view.setCollapsed(at(view.trace, 'a'), true);
    expect(view.positionOf(view.cursor)).toBe(2);
    moveBy(view, 1);
    expect(on(view)).toBe('c');
  });
});

describe('the next match or error', () => {
  it('from a gap is the one below it, and the one above it backwards', () => {
    const view = viewOf(PICTURE, { b: SPAN_ERROR, c: SPAN_ERROR });
    const gap = (view.rows[4] ?? 0) as number;
    expect(namesOf(view.trace, [gap])).toEqual(['gap 1']);
    view.cursor = gap;
    expect(stepTo(view, view.errors, 1)).toBe(true);
    expect(on(view)).toBe('c');
    view.cursor = gap;
    stepTo(view, view.errors, -1);
    expect(on(view)).toBe('b');
  });

  it('goes round at either end and opens what hides it', () => {
    const view = viewOf(PICTURE, { b: SPAN_ERROR, d: SPAN_ERROR });
    view.setAllCollapsed(true);
    view.cursor = at(view.trace, 'd');
    stepTo(view, view.errors, 1);
    expect([on(view), rowsOf(view).includes('b')]).toEqual(['b', true]);
    stepTo(view, view.errors, -1);
    expect(on(view)).toBe('d');
  });
});

describe('what a view derives', () => {
  it('is found anew when the trace changes: rows, gaps, errors, matches, path', () => {
    const view = viewOf(PICTURE);
    view.query = 'late';
    const stop = view.store.subscribe((change) => view.follow(change));
    expect([view.errors.length, view.matches.length, view.gaps.length]).toEqual([0, 0, 4]);
    const path = view.path;
    view.store.apply([lateCall(view)]);
    view.store.flush();
    expect([view.errors.length, view.matches.length, view.rows.length]).toEqual([1, 1, 11]);
    expect(view.path).not.toBe(path);
    stop();
  });

  it('stands a trace in which everything is open or takes no time', () => {
    for (const picture of ['job |', 'job |~', '\njob |~\n  a |~\n  b |', '\njob   |\n  a   |\n    b |']) {
      const view = viewOf(picture);
      const { startUs, endUs } = view.extent();
      expect([startUs, endUs]).toEqual([0, 1]);
      expect(view.rows).toHaveLength(view.trace.count);
      expect(view.gaps).toEqual([]);
      for (const row of view.rows)
        expect(view.timesOf(row).endUs).toBeGreaterThanOrEqual(view.timesOf(row).startUs);
    }
  });
});

describe('another reading of the trace', () => {
  it('keeps the window at the same wall clock when it counts from an earlier origin', () => {
    const view = viewOf(PICTURE);
    const seen: { startUs: number; endUs: number }[] = [];
    view.store.subscribe((change) => seen.push(view.rangeAfter(change, { startUs: 5000, endUs: 7000 })));
    const { originUs } = view.trace;
    view.store.replace(
      buildTrace([span('before', null, originUs - 2000, 1000), span('job', null, originUs, 9000)]),
    );
    expect(seen).toEqual([{ startUs: 7000, endUs: 9000 }]);
  });

  it('leaves a window from a link alone while there was no trace to count from', () => {
    const store = new TraceStore(undefined, () => {});
    const view = new TraceView(store, () => null);
    const link = { startUs: 5000, endUs: 7000 };
    const seen: unknown[] = [];
    store.subscribe((change) => seen.push(view.rangeAfter(change, link)));
    store.replace(draw(PICTURE));
    expect(seen).toEqual([link]);
  });

  it('carries 30,000 collapsed spans over without looking for each among all', () => {
    const pairs = 30_000;
    const spans: TraceSpan[] = [span('job', null, 0, pairs + 9)];
    const hex = (n: number): string => n.toString(16).padStart(16, '0');
    for (let i = 0; i < pairs; i++) {
      spans.push({ ...span('ask', 'job', i, 10), span_id: hex(2 * i + 1) });
      spans.push({ ...span('call', null, i, 5), span_id: hex(2 * i + 2), parent_span_id: hex(2 * i + 1) });
    }
    const store = new TraceStore(buildTrace(spans), () => {});
    const view = new TraceView(store, () => null);
    store.subscribe((change) => view.follow(change));
    view.setAllCollapsed(true);
    const started = performance.now();
    store.replace(buildTrace([span('first', null, -1, 1), ...spans]));
    // By hashing some ten milliseconds; 30,000 searches through 60,000 ids take seconds.
    expect(performance.now() - started).toBeLessThan(1000);
    expect(view.rows.length).toBe(pairs + 2);
    expect(spanIdAt(view.trace, view.rows[1] ?? -1)).toBe(idOf('job'));
  });
});

const span = (name: string, parent: string | null, startUs: number, durationUs: number): TraceSpan => ({
  span_id: idOf(name),
  parent_span_id: parent === null ? null : idOf(parent),
  name,
  start_us: startUs,
  duration_us: durationUs,
  event_id: 1,
  flags: 0,
  label: '',
  call: null,
});

const lateCall = (view: TraceView): LiveSpan => ({
  span_id: idOf('late'),
  parent_span_id: idOf('job'),
  job_id: 'job-1',
  name: 'late',
  label: '',
  start_us: view.trace.originUs + 24_000,
  duration_ms: 1,
  flags: SPAN_ERROR,
  event_id: 9,
});
