import { describe, expect, it } from 'vitest';
import { buildTrace, type TraceSpan } from '#shared/model/trace-build.ts';
import { findGaps } from './gaps.ts';
import { buildTree, extentOf } from './tree.ts';

const span = (n: number, parent: number | null, startUs: number, endUs: number): TraceSpan => ({
  span_id: n.toString(16).padStart(16, '0'),
  parent_span_id: parent === null ? null : parent.toString(16).padStart(16, '0'),
  name: 'span',
  start_us: startUs,
  duration_us: endUs - startUs,
  event_id: n,
  flags: 0,
  label: '',
  call: null,
});
const lengths = (...spans: TraceSpan[]): number[] => {
  const trace = buildTrace(spans);
  const gaps = findGaps(trace, buildTree(trace), extentOf(trace, 0));
  return gaps.map((gap) => gap.endUs - gap.startUs);
};

describe('a gap worth a row', () => {
  it('is at least a hundredth of the trace', () => {
    const around = (gapUs: number): number[] =>
      lengths(span(1, null, 0, 1e6), span(2, 1, 0, 500_000), span(3, 1, 500_000 + gapUs, 1e6));
    expect(around(9_999)).toEqual([]);
    expect(around(10_000)).toEqual([10_000]);
  });

  it('is measured against the whole trace, not against its own short parent', () => {
    const job = span(1, null, 0, 1e6);
    expect(lengths(job, span(2, 1, 0, 1e6), span(3, 2, 0, 1e6), span(4, 3, 0, 1e6))).toEqual([]);
    expect(
      lengths(job, span(2, 1, 0, 998_000), span(3, 1, 998_000, 1e6), span(4, 3, 998_000, 998_500)),
    ).toEqual([]);
  });

  it('is at least half a millisecond, however short the trace', () => {
    expect(lengths(span(1, null, 0, 1000), span(2, 1, 0, 501))).toEqual([]);
    expect(lengths(span(1, null, 0, 1000), span(2, 1, 0, 500))).toEqual([500]);
  });

  it('is one of the two hundred longest, and those stand in row order', () => {
    // Three parallel parents of ninety gaps each, those of the third the longest.
    const spans = [span(1, null, 0, 1e6)];
    for (let p = 0; p < 3; p++) {
      const parent = spans.length + 1;
      spans.push(span(parent, 1, 0, 1e6));
      for (let k = 0; k < 90; k++) {
        const from = (k * 1e6) / 90;
        spans.push(span(spans.length + 1, parent, from, from + 1000 - p * 400));
      }
    }
    const trace = buildTrace(spans);
    const gaps = findGaps(trace, buildTree(trace), extentOf(trace, 0));
    expect(gaps).toHaveLength(200);
    const per = [0, 1, 2].map((p) => gaps.filter((gap) => gap.parent === 1 + p * 91).length);
    expect(per).toEqual([20, 90, 90]);
    for (let k = 1; k < gaps.length; k++)
      expect(gaps[k]?.before).toBeGreaterThanOrEqual(gaps[k - 1]?.before ?? 0);
  });
});
