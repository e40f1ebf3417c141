import { describe, expect, it } from 'vitest';
import { draw } from '../testing.ts';
import { selfStretches, selfTime } from './self-time.ts';
import { buildTree, extentOf } from './tree.ts';

const own = (picture: string, nowMs = 0): number[][] => {
  const trace = draw(picture);
  return selfStretches(trace, buildTree(trace), 0, nowMs * 1000).map((s) => [
    s.startUs / 1000,
    s.endUs / 1000,
  ]);
};

describe('self time', () => {
  it('is not taken back by a short child inside a long one', () => {
    expect(
      own(`
        span   |------------|
          long   |--------|
          short     |-|`),
    ).toEqual([
      [0, 2],
      [11, 13],
    ]);
  });

  it('ignores grandchildren', () => {
    expect(
      own(`
        span   |------|
          a    |-|
            b   |`),
    ).toEqual([[2, 7]]);
  });

  it('of a leaf is all of it, of a span its child fills none', () => {
    expect(own('leaf |----|')).toEqual([[0, 5]]);
    expect(
      own(`
        span   |----|
          a    |----|`),
    ).toEqual([]);
  });

  it('where a child outlasts its parent is what came before it, never negative', () => {
    expect(
      own(`
        span   |----|
          a       |-------|`),
    ).toEqual([[0, 3]]);
  });

  it('sees a child that was widened to before its older sibling', () => {
    // c began, by another clock, before its parent b: b is widened to 1-11 and still stands after a.
    expect(
      own(`
        span   |------------|
          a       |--|
          b            |---|
            c   |---------|`),
    ).toEqual([
      [0, 1],
      [12, 13],
    ]);
  });

  it('stops where an open child began, however long the clock runs', () => {
    expect(
      own(
        `
        span   |--~
          a      |~`,
        10,
      ),
    ).toEqual([[0, 2]]);
  });

  it('adds up to the extent over all spans of a trace without overlaps', () => {
    const trace = draw(`
      job    |-------------------|
        a      |-----|
          b      |-|
        c               |---|`);
    let sum = 0;
    for (let i = 0; i < trace.count; i++) sum += selfTime(trace, buildTree(trace), i, 0);
    expect(sum).toBe(extentOf(trace, 0).endUs);
  });
});
