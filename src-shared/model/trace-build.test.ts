import { describe, expect, it } from 'vitest';
import { buildTrace, type TraceSpan } from './trace-build.ts';
import {
  decodeTrace,
  encodeTrace,
  indexOfSpan,
  MAX_CALLS,
  SPAN_CLAMPED,
  SPAN_MODEL_CALL,
  SPAN_OPEN,
  spanIdAt,
  type TraceColumns,
} from './trace-columns.ts';

const id = (n: number): string => n.toString(16).padStart(16, '0');

function make(
  n: number,
  parent: number | null,
  start: number,
  end: number | null,
  more: Partial<TraceSpan> = {},
): TraceSpan {
  return {
    span_id: id(n),
    parent_span_id: parent === null ? null : id(parent),
    name: `span-${n}`,
    start_us: 1_000_000 + start,
    duration_us: end === null ? null : end - start,
    event_id: n,
    flags: 0,
    label: '',
    call: null,
    ...more,
  };
}

const names = (trace: TraceColumns): string[] => Array.from(trace.name, (name) => trace.names[name] ?? '');

describe('buildTrace', () => {
  it('orders spans in pre-order, siblings by start, whatever order they come in', () => {
    const trace = buildTrace([
      make(4, 1, 60, 90),
      make(3, 2, 20, 40),
      make(1, null, 0, 100),
      make(2, 1, 10, 50),
    ]);
    expect(names(trace)).toEqual(['span-1', 'span-2', 'span-3', 'span-4']);
    expect([...trace.parent]).toEqual([-1, 0, 1, 0]);
    expect([...trace.startUs]).toEqual([0, 10, 20, 60]);
    expect([...trace.durationUs]).toEqual([100, 40, 20, 30]);
    expect(trace.originUs).toBe(1_000_000);
  });

  it('shows a span whose parent is missing as a root', () => {
    const trace = buildTrace([make(1, null, 0, 10), make(2, 99, 5, 8)]);
    expect([...trace.parent]).toEqual([-1, -1]);
  });

  it('cuts cycles and keeps every span', () => {
    const trace = buildTrace([make(1, 3, 0, 10), make(2, 1, 1, 9), make(3, 2, 2, 8), make(4, 4, 0, 1)]);
    expect(trace.count).toBe(4);
    expect([...trace.parent].filter((parent) => parent === -1)).toHaveLength(2);
    for (let i = 0; i < trace.count; i++) expect(trace.parent[i]).toBeLessThan(i);
  });

  it('widens a parent to hold a child that another clock measured, over several levels', () => {
    //   1   |----|           1 |----------|~
    //   2     |------|   ->  2   |--------|~
    //   3   |--------|       3 |----------|
    const trace = buildTrace([make(1, null, 10, 50), make(2, 1, 30, 90), make(3, 2, 5, 95)]);
    expect([...trace.startUs]).toEqual([0, 0, 0]);
    expect([...trace.durationUs]).toEqual([90, 90, 90]);
    expect((trace.flags[0] ?? 0) & SPAN_CLAMPED).toBe(SPAN_CLAMPED);
    expect((trace.flags[1] ?? 0) & SPAN_CLAMPED).toBe(SPAN_CLAMPED);
    expect((trace.flags[2] ?? 0) & SPAN_CLAMPED).toBe(0);
  });

  it('marks open spans and leaves their duration unknown', () => {
    const trace = buildTrace([make(1, null, 0, null), make(2, 1, 5, 9)]);
    expect(trace.flags[0]).toBe(SPAN_OPEN);
    expect(trace.durationUs[0]).toBeNaN();
    expect(trace.flags[1]).toBe(0);
  });

  it('carries the figures of at most MAX_CALLS model calls', () => {
    const call = {
      input_tokens: 1,
      output_tokens: 2,
      tokens_source: 'server',
      time_to_first_token_ms: 3,
      output_tokens_per_second: 4,
      prompt_tokens_per_second: null,
      speed_source: 'derived',
      phases: [],
    } as const;
    const spans = Array.from({ length: MAX_CALLS + 5 }, (_, i) =>
      make(i + 1, null, i, i + 1, { call, flags: SPAN_MODEL_CALL }),
    );
    const trace = buildTrace(spans);
    expect(trace.calls).toHaveLength(MAX_CALLS);
    expect([...trace.flags].filter((flags) => (flags & SPAN_MODEL_CALL) !== 0)).toHaveLength(MAX_CALLS);
  });

  it('survives a chain of 100,000 spans without a deep call stack', () => {
    const spans = Array.from({ length: 100_000 }, (_, i) => make(i + 1, i === 0 ? null : i, i, 200_000 - i));
    const trace = buildTrace(spans);
    expect(trace.parent[99_999]).toBe(99_998);
  });

  it('builds an empty trace', () => {
    expect(buildTrace([]).count).toBe(0);
  });
});

describe('the encoded trace', () => {
  it('comes back as it went in, for odd and even counts', () => {
    for (const count of [0, 1, 2, 3, 7]) {
      const spans = Array.from({ length: count }, (_, i) =>
        make(i + 1, i === 0 ? null : 1, i, 100, { label: `label-${i % 2}`, name: `näme-${i}` }),
      );
      const trace = buildTrace(spans);
      const back = decodeTrace(encodeTrace(trace));
      expect(back).toEqual(trace);
      for (let i = 0; i < count; i++) expect(indexOfSpan(back, spanIdAt(trace, i))).toBe(i);
    }
  });

  it('refuses bytes that are not a trace, and one that was cut short', () => {
    const bytes = encodeTrace(buildTrace([make(1, null, 0, 1)]));
    expect(() => decodeTrace(bytes.slice(0, 10))).toThrow('not a trace');
    expect(() => decodeTrace(bytes.slice(0, bytes.byteLength - 1))).toThrow('cut short');
    expect(() => decodeTrace(new ArrayBuffer(64))).toThrow('not a trace');
  });

  it('finds no span that is not there', () => {
    expect(indexOfSpan(buildTrace([make(1, null, 0, 1)]), 'f'.repeat(16))).toBe(-1);
  });
});
