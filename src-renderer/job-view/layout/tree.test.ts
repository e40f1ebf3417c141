import { describe, expect, it } from 'vitest';
import { at, chain, draw } from '../testing.ts';
import { emptyTrace } from '../trace-store.ts';
import { buildTree, endOf, extentOf, isOpen } from './tree.ts';

describe('the tree of a trace', () => {
  it('says of every span where its subtree ends, how deep it is and which child it is', () => {
    const tree = buildTree(
      draw(`
      job      |--------------|
        ask      |-----|
          call     |-|
          chat        |-|
        stop             |-|
      other                     |--|`),
    );
    expect([...tree.subtreeEnd]).toEqual([5, 4, 3, 4, 5, 6]);
    expect([...tree.depth]).toEqual([0, 1, 2, 2, 1, 0]);
    expect([...tree.ordinal]).toEqual([1, 1, 1, 2, 2, 2]);
    expect([...tree.childCount]).toEqual([2, 2, 0, 0, 0, 0]);
    expect(tree.rootCount).toBe(2);
  });

  it('of a chain 100 deep is one slice', () => {
    const tree = buildTree(chain(100));
    expect(tree.depth[99]).toBe(99);
    expect(tree.subtreeEnd.every((end) => end === 100)).toBe(true);
  });

  it('of nothing is empty', () => {
    expect(buildTree(emptyTrace())).toMatchObject({ rootCount: 0, subtreeEnd: new Int32Array(0) });
  });
});

describe('the end of an open span', () => {
  it('is now, and never before its start', () => {
    const trace = draw(`
      job   |---~
        a     |-~`);
    expect(endOf(trace, 0, 9000)).toBe(9000);
    expect(endOf(trace, at(trace, 'a'), 1000)).toBe(2000);
    expect(isOpen(trace, 0)).toBe(true);
  });
});

describe('the extent', () => {
  it('reaches from the first start to the last end, whichever spans those belong to', () => {
    const trace = draw(`
      first    |--|
      longest     |-----|
      last      |-|`);
    expect(extentOf(trace, 0)).toEqual({ startUs: 0, endUs: 9000 });
  });

  it('has a width even where there is nothing to see', () => {
    const instant = { startUs: 0, endUs: 1 };
    expect(extentOf(emptyTrace(), 0)).toEqual(instant);
    expect(extentOf(draw('mark |'), 0)).toEqual(instant);
    expect(extentOf(draw('open |~'), Number.NEGATIVE_INFINITY)).toEqual(instant);
  });
});
