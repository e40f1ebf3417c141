import { describe, expect, it } from 'vitest';
import { buildTrace, type TraceSpan } from '#shared/model/trace-build.ts';
import { SPAN_CLAMPED, SPAN_EXTERNAL, SPAN_INFERRED, spanIdAt } from '#shared/model/trace-columns.ts';
import { type ForeignSpan, joinSpans } from './joined-spans.ts';

const id = (n: number): string => n.toString(16).padStart(16, '0');
const ours = (
  n: number,
  name: string,
  start: number,
  duration: number | null,
  parent?: number,
): TraceSpan => ({
  span_id: id(n),
  parent_span_id: parent === undefined ? null : id(parent),
  name,
  start_us: start,
  duration_us: duration,
  event_id: n,
  flags: 0,
  label: '',
  call: null,
});
const theirs = (n: number, start: number, duration: number, parent?: number): ForeignSpan => ({
  span_id: id(n),
  parent_span_id: parent === undefined ? null : id(parent),
  name: 'work',
  start_us: start,
  duration_us: duration,
  flags: SPAN_EXTERNAL,
  label: '',
});
const places = (spans: readonly TraceSpan[]) =>
  spans.map((span) => [
    Number.parseInt(span.span_id, 16),
    span.parent_span_id === null ? null : Number.parseInt(span.parent_span_id, 16),
    span.start_us,
    span.duration_us,
    span.flags & ~SPAN_EXTERNAL,
  ]);

const SECOND = 1_000_000;
const JOB = [
  ours(1, 'job.execute', 0, 100 * SECOND),
  ours(2, 'driver.call', 10 * SECOND, 20 * SECOND, 1),
  ours(3, 'driver.call', 50 * SECOND, 20 * SECOND, 1),
];

describe('spans of others among ours', () => {
  it('stand below the parent they name, ours or theirs, in whatever order they came', () => {
    const joined = joinSpans(JOB, [theirs(12, 12 * SECOND, 5, 11), theirs(11, 11 * SECOND, 2 * SECOND, 2)]);
    expect(places(joined)).toEqual([
      [12, 11, 12 * SECOND, 5, 0],
      [11, 2, 11 * SECOND, 2 * SECOND, 0],
    ]);
  });

  it('stand below the call that ran when they began, marked, where their parent is unknown', () => {
    const joined = joinSpans(JOB, [
      theirs(11, 55 * SECOND, 5, 99),
      theirs(12, 15 * SECOND, 5),
      theirs(13, 40 * SECOND, 5, 99),
    ]);
    expect(places(joined)).toEqual([
      [11, 3, 55 * SECOND, 5, SPAN_INFERRED],
      [12, 2, 15 * SECOND, 5, SPAN_INFERRED],
      [13, null, 40 * SECOND, 5, 0],
    ]);
  });

  it('stand below a call that still runs, with no end to keep within', () => {
    const open = [ours(1, 'job.execute', 0, null), ours(2, 'driver.call', 10, null, 1)];
    expect(places(joinSpans(open, [theirs(11, 20, 90 * SECOND, 2), theirs(12, 30, 5, 99)]))).toEqual([
      [11, 2, 20, 90 * SECOND, 0],
      [12, 2, 30, 5, SPAN_INFERRED],
    ]);
  });

  it('of another clock are moved as a whole into the span of ours around them', () => {
    const ahead = joinSpans(JOB, [
      theirs(11, 500 * SECOND, SECOND, 2),
      theirs(12, 500 * SECOND + 10, 20, 11),
    ]);
    expect(places(ahead)).toEqual([
      [11, 2, 29 * SECOND, SECOND, SPAN_CLAMPED],
      [12, 11, 29 * SECOND + 10, 20, SPAN_CLAMPED],
    ]);
    const behind = joinSpans(JOB, [theirs(11, 3 * SECOND, SECOND, 2)]);
    expect(places(behind)).toEqual([[11, 2, 10 * SECOND, SECOND, SPAN_CLAMPED]]);
  });

  it('that outlast the span around them are cut there; a millisecond is no other clock', () => {
    const joined = joinSpans(JOB, [
      theirs(11, 29 * SECOND, 5 * SECOND, 2),
      theirs(12, 10 * SECOND - 1000, 2000, 2),
    ]);
    expect(places(joined)).toEqual([
      [11, 2, 29 * SECOND, SECOND, SPAN_CLAMPED],
      [12, 2, 10 * SECOND, 1000, 0],
    ]);
  });

  it('that go round in a circle, or are their own parent, are all there once', () => {
    const joined = joinSpans(
      [ours(1, 'job.execute', 0, 100 * SECOND)],
      [theirs(11, 5, 5, 13), theirs(12, 6, 5, 11), theirs(13, 7, 5, 12), theirs(14, 8, 5, 14)],
    );
    const trace = buildTrace([ours(1, 'job.execute', 0, 100 * SECOND), ...joined]);
    expect(trace.count).toBe(5);
    expect(new Set(Array.from({ length: 5 }, (_, i) => spanIdAt(trace, i))).size).toBe(5);
  });

  it('that are ours, come back, are not there twice', () => {
    expect(joinSpans(JOB, [theirs(2, 10 * SECOND, 20 * SECOND, 1)])).toEqual([]);
  });

  it('never move a span of ours', () => {
    const wild = Array.from({ length: 500 }, (_, i) =>
      theirs(
        1000 + i,
        ((i * 7919) % 300) * SECOND,
        ((i * 104_729) % 90) * SECOND,
        i % 3 === 0 ? 2 : 1000 + ((i * 31) % 500),
      ),
    );
    const trace = buildTrace([...JOB, ...joinSpans(JOB, wild)]);
    expect(trace.count).toBe(503);
    for (const own of JOB) {
      const i = Array.from({ length: trace.count }, (_, at) => spanIdAt(trace, at)).indexOf(own.span_id);
      expect([trace.originUs + (trace.startUs[i] ?? 0), trace.durationUs[i], trace.flags[i]]).toEqual([
        own.start_us,
        own.duration_us,
        0,
      ]);
    }
  });

  it('are 100,000 in a chain, and none is too deep', () => {
    const chain = Array.from({ length: 100_000 }, (_, i) =>
      theirs(10 + i, 20 * SECOND + i, 5, i === 0 ? 2 : 9 + i),
    );
    const began = performance.now();
    expect(joinSpans(JOB, chain.toReversed())).toHaveLength(100_000);
    expect(performance.now() - began).toBeLessThan(3000);
  });
});
