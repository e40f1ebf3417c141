import { describe, expect, it } from 'vitest';
import { buildTrace, type TraceSpan } from '#shared/model/trace-build.ts';
import { at, chain, draw, idOf, namesOf } from '../testing.ts';
import { emptyTrace } from '../trace-store.ts';
import { findGaps, type Gap } from './gaps.ts';
import { buildRows, expandTo, positionOfGap, positionOfSpan, visibleAncestor } from './rows.ts';
import { buildTree, extentOf } from './tree.ts';

const gapsOf = (trace: ReturnType<typeof draw>): readonly Gap[] =>
  findGaps(trace, buildTree(trace), extentOf(trace, 0));
const inMs = (gaps: readonly Gap[]): number[][] => gaps.map((gap) => [gap.startUs / 1000, gap.endUs / 1000]);

describe('findGaps', () => {
  it('is the time of a parent in which no child ran: before, between and after', () => {
    const trace = draw(`
job  |------------------|
  a     |---|
  b            |----|`);
    expect(inMs(gapsOf(trace))).toEqual([
      [0, 3],
      [7, 10],
      [15, 19],
    ]);
  });

  it('counts overlapping children once', () => {
    const trace = draw(`
job  |------------------|
  a  |-----------|
  b     |--|
  c              |------|`);
    expect(gapsOf(trace)).toEqual([]);
  });

  it('is none in a leaf, none where the parent or the last child is open, none that is too short to matter', () => {
    expect(gapsOf(draw('job |-----|'))).toEqual([]);
    expect(
      gapsOf(
        draw(`
job  |------------------~
  a  |--|`),
      ),
    ).toEqual([]);
    expect(
      gapsOf(
        draw(`
job  |------------------|
  a  |---~`),
      ),
    ).toEqual([]);
    expect(gapsOf(chain(100))).toEqual([]);
    expect(gapsOf(emptyTrace())).toEqual([]);
  });

  it('keeps the longest two hundred', () => {
    // Four lanes at once, each with 80 gaps of 1.05 % or more of the trace, lane 3's the longest.
    const span = (id: string, parent: string | null, start_us: number, duration_us: number): TraceSpan => ({
      ...{ span_id: idOf(id), parent_span_id: parent === null ? null : idOf(parent), name: id, start_us },
      ...{ duration_us, event_id: 1, flags: 0, label: '', call: null },
    });
    const lanes = [0, 1, 2, 3].flatMap((lane) => [
      span(`l${lane}`, null, 0, 1_000_000),
      ...Array.from({ length: 80 }, (_, i) => span(`${lane}${i}`, `l${lane}`, i * 12_500, 2000 - lane * 200)),
    ]);
    const gaps = gapsOf(buildTrace(lanes));
    expect(gaps).toHaveLength(200);
    const shortest = Math.min(...gaps.map((gap) => gap.endUs - gap.startUs));
    expect(shortest).toBe(10_700);
    expect(gaps.map((gap) => gap.before)).toEqual(gaps.map((gap) => gap.before).toSorted((x, y) => x - y));
  });
});

describe('buildRows', () => {
  const trace = draw(`
job   |------------------|
  a   |--------|
    b      |---|
  c               |------|`);
  const tree = buildTree(trace);
  const gaps = gapsOf(trace);
  const rows = (...collapsed: string[]): Int32Array => {
    const flags = new Uint8Array(trace.count);
    for (const name of collapsed) flags[at(trace, name)] = 1;
    return buildRows(trace, tree, flags, gaps);
  };

  it('puts a gap where it lies in time, among the children it separates', () => {
    expect(namesOf(trace, rows())).toEqual(['job', 'a', 'gap 0', 'b', 'gap 1', 'c']);
    expect(inMs(gaps)).toEqual([
      [0, 5],
      [9, 12],
    ]);
  });

  it('closes the gaps of the deeper parent first where several end at the same row', () => {
    const nested = draw(`
job      |---------------------|
  ask    |----------------|
    call |-----------|
      x  |------|
  stop                       |-|`);
    const among = gapsOf(nested);
    const all = buildRows(nested, buildTree(nested), new Uint8Array(5), among);
    expect(namesOf(nested, all)).toEqual(['job', 'ask', 'call', 'x', 'gap 0', 'gap 1', 'gap 2', 'stop']);
    expect(among.map((gap) => namesOf(nested, [gap.parent])[0])).toEqual(['call', 'ask', 'job']);
    const closed = new Uint8Array(5);
    closed[at(nested, 'call')] = 1;
    expect(namesOf(nested, buildRows(nested, buildTree(nested), closed, among))).toEqual([
      'job',
      'ask',
      'call',
      'gap 1',
      'gap 2',
      'stop',
    ]);
  });

  it('shows the gaps of what stands open below a collapsed row', () => {
    const two = draw(`
job    |---------------------|
  a    |-------|
    x     |--|
  b            |-------------|
    y              |---|`);
    const closed = new Uint8Array(5);
    closed[at(two, 'a')] = 1;
    const shown = buildRows(two, buildTree(two), closed, gapsOf(two));
    expect(namesOf(two, shown)).toEqual(['job', 'a', 'b', 'gap 2', 'y', 'gap 3']);
  });

  it('hides what is below a collapsed row, its gaps too, and nothing else', () => {
    expect(namesOf(trace, rows('a'))).toEqual(['job', 'a', 'gap 1', 'c']);
    expect(namesOf(trace, rows('job'))).toEqual(['job']);
    expect(namesOf(trace, rows('b'))).toEqual(['job', 'a', 'gap 0', 'b', 'gap 1', 'c']);
  });

  it('finds every row again by its span, and hidden ones by their ancestor', () => {
    for (const shown of [rows(), rows('a'), rows('job')]) {
      for (const [position, row] of shown.entries()) {
        expect(row < 0 ? positionOfGap(shown, -1 - row) : positionOfSpan(shown, gaps, row)).toBe(position);
      }
    }
    expect(positionOfSpan(rows('a'), gaps, at(trace, 'b'))).toBe(-1);
    const collapsed = new Uint8Array(trace.count);
    collapsed[at(trace, 'job')] = 1;
    collapsed[at(trace, 'a')] = 1;
    expect(visibleAncestor(trace, collapsed, at(trace, 'b'))).toBe(at(trace, 'job'));
    expect(expandTo(trace, collapsed, at(trace, 'b'))).toBe(true);
    expect([...collapsed]).toEqual([0, 0, 0, 0]);
    expect(expandTo(trace, collapsed, at(trace, 'b'))).toBe(false);
  });

  it('skips a hidden subtree as one slice, and has no rows for an empty trace', () => {
    const deep = chain(1000);
    const collapsed = new Uint8Array(1000);
    collapsed[3] = 1;
    expect([...buildRows(deep, buildTree(deep), collapsed, [])]).toEqual([0, 1, 2, 3]);
    expect(buildRows(emptyTrace(), buildTree(emptyTrace()), new Uint8Array(0), [])).toHaveLength(0);
  });
});
