import { describe, expect, it } from 'vitest';
import { diffTraces } from '#shared/model/trace-diff.ts';
import { draw } from '../testing.ts';
import { DiffSteps } from './diff-steps.ts';
import { StepRows } from './step-rows.ts';

const a = draw(`
job      |--------------|
  ask     |----------|
    load   |--|
    call       |-----|
  stop                |-|
after                    |-|`);
const b = draw(`
job      |--------------------|
  ask     |----------------|
    load   |--|
    call       |-----------|
  stop                      |-|
after                          |-|`);

const rows = (): StepRows => new StepRows(new DiffSteps(a, b, diffTraces(a, b)));
const [JOB, ASK, LOAD, CALL, STOP, AFTER] = [0, 1, 2, 3, 4, 5];

describe('the rows of steps', () => {
  it('step from sibling to sibling, and not out of their parent', () => {
    const model = rows();
    const sibling = (cursor: number, by: 1 | -1): number | null => {
      model.cursor = cursor;
      return model.stepSibling(by) ? model.cursor : null;
    };
    expect([sibling(JOB, 1), sibling(ASK, 1), sibling(LOAD, 1)]).toEqual([AFTER, STOP, CALL]);
    expect([sibling(CALL, 1), sibling(STOP, 1), sibling(AFTER, 1)]).toEqual([null, null, null]);
    expect([sibling(AFTER, -1), sibling(STOP, -1), sibling(CALL, -1)]).toEqual([JOB, ASK, LOAD]);
    expect([sibling(JOB, -1), sibling(ASK, -1), sibling(LOAD, -1)]).toEqual([null, null, null]);
  });

  it('stand at their closed parent, and are opened where one of them is wanted', () => {
    const model = rows();
    model.setClosed(ASK, true);
    expect([...model.rows]).toEqual([JOB, ASK, STOP, AFTER]);
    expect(model.positionOf(CALL)).toBe(1);
    model.reveal(CALL);
    expect([...model.rows]).toHaveLength(6);
    expect(model.cursor).toBe(CALL);
    model.cursor = CALL;
    model.setAllClosed(true);
    expect([...model.rows]).toEqual([JOB, ASK, STOP, AFTER]);
    expect(model.cursor).toBe(ASK);
  });

  it('stand by importance, all of them and none inside another', () => {
    const model = rows();
    model.setClosed(JOB, true);
    model.order = 'ranked';
    expect([...model.rows]).toEqual([CALL, JOB, ASK, LOAD, STOP, AFTER]);
    expect(model.hasChildren(JOB)).toBe(false);
    expect(model.stepSibling(1)).toBe(false);
    model.order = 'tree';
    expect([...model.rows]).toEqual([JOB, AFTER]);
  });
});
