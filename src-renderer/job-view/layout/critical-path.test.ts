import { describe, expect, it } from 'vitest';
import { buildTrace, type TraceSpan } from '#shared/model/trace-build.ts';
import { at, chain, draw } from '../testing.ts';
import { emptyTrace } from '../trace-store.ts';
import { criticalPath, firstOn, timeOn } from './critical-path.ts';
import { selfStretches, selfTime } from './self-time.ts';
import { buildTree } from './tree.ts';

const pathOf = (trace: ReturnType<typeof draw>, nowUs = 0): string[] => {
  const path = criticalPath(trace, buildTree(trace), nowUs);
  return [...path.span].map(
    (span, k) =>
      `${trace.names[trace.name[span] ?? 0]} ${(path.startUs[k] ?? 0) / 1000}-${(path.endUs[k] ?? 0) / 1000}`,
  );
};

describe('criticalPath', () => {
  it('is what the end waited for: not b, which ran on while c began', () => {
    const trace = draw(`
job   |--------------------|
  a     |-----|
  b         |------|
  c              |-----|`);
    expect(pathOf(trace)).toEqual(['job 0-2', 'job 8-11', 'job 17-21', 'a 2-8', 'c 11-17']);
  });

  it('goes down into children and covers the whole of the root exactly once', () => {
    const trace = draw(`
job    |--------------------|
  a    |----------|
    x   |---|
    y        |----|
  b               |---------|`);
    const path = criticalPath(trace, buildTree(trace), 0);
    const sum = path.span.reduce((total, _, k) => total + (path.endUs[k] ?? 0) - (path.startUs[k] ?? 0), 0);
    expect(sum).toBe(trace.durationUs[0]);
    expect(pathOf(trace)).toEqual(['a 0-1', 'a 5-6', 'x 1-5', 'y 6-11', 'b 11-21']);
    expect(timeOn(path, at(trace, 'a'))).toBe(2000);
    expect(timeOn(path, at(trace, 'job'))).toBe(0);
    expect(firstOn(path, trace.count)).toBe(path.span.length);
  });

  it('takes the longest of children that are all open, and leaves instants out', () => {
    const trace = draw(`
job  |-----~
  a   |----~
  b     |--~
  c   |`);
    expect(pathOf(trace, 10_000)).toEqual(['job 0-1', 'a 1-10']);
  });

  it('stands an empty trace, several roots and a hundred levels', () => {
    expect(pathOf(emptyTrace())).toEqual([]);
    expect(
      pathOf(
        draw(`
first  |---|
second       |---|`),
      ),
    ).toEqual(['first 0-4', 'second 6-10']);
    expect(pathOf(chain(100)).length).toBeGreaterThan(100);
  });
});

describe('the critical path of any trace with one root', () => {
  it('covers the root from start to end without a hole or an overlap, each stretch inside its span', () => {
    let state = 11;
    const below = (n: number): number => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return (state >>> 8) % n;
    };
    for (let round = 0; round < 50; round++) {
      const spans: TraceSpan[] = [];
      for (let i = 0; i < 40; i++) {
        const parent = i === 0 ? null : (spans[below(i)] as TraceSpan);
        spans.push({
          span_id: (i + 1).toString(16).padStart(16, '0'),
          parent_span_id: parent?.span_id ?? null,
          name: `s${i}`,
          // Instants, equal starts and children that outlast their parent are among them.
          start_us: (parent?.start_us ?? 0) + below(60),
          duration_us: below(8) === 0 ? 0 : below(100),
          event_id: i,
          flags: 0,
          label: '',
          call: null,
        });
      }
      const trace = buildTrace(spans);
      const path = criticalPath(trace, buildTree(trace), 0);
      const inTime = [...path.span.keys()].sort((a, b) => (path.startUs[a] ?? 0) - (path.startUs[b] ?? 0));
      let reached = trace.startUs[0] ?? 0;
      for (const k of inTime) {
        const i = path.span[k] ?? 0;
        expect(path.startUs[k]).toBe(reached);
        expect(path.startUs[k]).toBeGreaterThanOrEqual(trace.startUs[i] ?? 0);
        reached = path.endUs[k] ?? 0;
        expect(reached).toBeLessThanOrEqual((trace.startUs[i] ?? 0) + (trace.durationUs[i] ?? 0));
      }
      expect(reached).toBe((trace.startUs[0] ?? 0) + (trace.durationUs[0] ?? 0));
    }
  });

  it('is not cut in two by an instant', () => {
    expect(
      pathOf(
        draw(`
job    |---------|
  mark     |`),
      ),
    ).toEqual(['job 0-10']);
  });

  it('of parallel children is the one that ended last, of children in sequence all of them', () => {
    expect(
      pathOf(
        draw(`
job   |---------|
  a   |----|
  b   |---------|
  c   |------|`),
      ),
    ).toEqual(['b 0-10']);
    expect(
      pathOf(
        draw(`
job   |---------|
  a   |---|
  b       |--|
  c          |--|`),
      ),
    ).toEqual(['a 0-4', 'b 4-7', 'c 7-10']);
  });
});

describe('selfTime', () => {
  it('is the duration without the union of the children', () => {
    const apart = draw(`
span  |------------------|
  a      |---|
  b        |----|
  c                 |-|`);
    const tree = buildTree(apart);
    expect(selfStretches(apart, tree, 0, 0).map((s) => [s.startUs / 1000, s.endUs / 1000])).toEqual([
      [0, 3],
      [10, 14],
      [16, 19],
    ]);
    expect(selfTime(apart, tree, 0, 0)).toBe(10_000);
    expect(selfTime(apart, tree, 1, 0)).toBe(4000);
  });

  it('grows with now while the span is open and no child runs', () => {
    const trace = draw(`
span  |----~
  a     |--|`);
    expect(selfTime(trace, buildTree(trace), 0, 9000)).toBe(6000);
    expect(selfTime(draw('job |'), buildTree(draw('job |')), 0, 0)).toBe(0);
  });
});
