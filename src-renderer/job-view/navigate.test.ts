import { describe, expect, it } from 'vitest';
import { commandOf, WATERFALL_KEYS } from './keys.ts';
import { collapseOrLeave, expandOrEnter, moveBy, reveal, stepSibling, stepTo } from './navigate.ts';
import { at, draw, namesOf } from './testing.ts';
import { TraceStore } from './trace-store.ts';
import { TraceView } from './trace-view.ts';

const view = (picture: string): TraceView => new TraceView(new TraceStore(draw(picture)), () => null);
const PICTURE = `
job   |--------------------|
  a   |--------|
    b |---|
    c     |----|
  d            |-----------|`;
const on = (shown: TraceView): string | undefined => namesOf(shown.trace, [shown.cursor])[0];

describe('moving through the tree', () => {
  it('stays inside the rows', () => {
    const shown = view(PICTURE);
    moveBy(shown, -1);
    expect(on(shown)).toBe('job');
    moveBy(shown, 99);
    expect(on(shown)).toBe('d');
    moveBy(shown, -1);
    expect(on(shown)).toBe('c');
  });

  it('left closes, then leaves; right opens, then enters', () => {
    const shown = view(PICTURE);
    shown.cursor = at(shown.trace, 'c');
    collapseOrLeave(shown);
    expect(on(shown)).toBe('a');
    collapseOrLeave(shown);
    expect([on(shown), namesOf(shown.trace, shown.rows)]).toEqual(['a', ['job', 'a', 'd']]);
    moveBy(shown, 1);
    expect(on(shown)).toBe('d');
    expandOrEnter(shown);
    expect(on(shown)).toBe('d');
    moveBy(shown, -1);
    expandOrEnter(shown);
    expect([on(shown), shown.rows.length]).toEqual(['a', 5]);
    expandOrEnter(shown);
    expect(on(shown)).toBe('b');
    shown.cursor = 0;
    collapseOrLeave(shown);
    collapseOrLeave(shown);
    expect([on(shown), shown.rows.length]).toEqual(['job', 1]);
  });

  it('opens what hides the span that is jumped to', () => {
    const shown = view(PICTURE);
    shown.setAllCollapsed(true);
    expect(namesOf(shown.trace, shown.rows)).toEqual(['job', 'a', 'd']);
    shown.query = 'c';
    expect(stepTo(shown, shown.matches, 1)).toBe(true);
    expect([on(shown), shown.positionOf(shown.cursor)]).toEqual(['c', 3]);
    expect(stepTo(shown, shown.errors, 1)).toBe(false);
    expect(stepSibling(shown, -1)).toBe(true);
    expect(on(shown)).toBe('b');
    expect(stepSibling(shown, -1)).toBe(false);
    reveal(shown, 99);
    expect(on(shown)).toBe('b');
  });

  it('is harmless in an empty trace', () => {
    const shown = new TraceView(new TraceStore(), () => null);
    moveBy(shown, 1);
    collapseOrLeave(shown);
    expandOrEnter(shown);
    expect([shown.cursor, stepSibling(shown, 1), shown.positionOf(0)]).toEqual([0, false, -1]);
  });
});

describe('keys', () => {
  const press = (key: string, more: Partial<KeyboardEvent> = {}) =>
    commandOf({ key, shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, ...more });

  it('leaves keys with ctrl, alt or command to the app and the browser', () => {
    expect(press('f')).toBe('fit_all');
    expect(press('f', { ctrlKey: true })).toBeNull();
    expect(press('ArrowLeft', { altKey: true })).toBeNull();
    expect(press('Tab')).toBeNull();
  });

  it('tells shifted keys apart', () => {
    expect(press('ArrowLeft', { shiftKey: true })).toBe('collapse_all');
    expect(press('ArrowLeft')).toBe('collapse');
    expect(press('F', { shiftKey: true })).toBe('fit_span');
    expect(press('E', { shiftKey: true })).toBe('previous_error');
  });

  it('gives no key two meanings', () => {
    const keys = WATERFALL_KEYS.flatMap((entry) => entry.keys);
    expect(new Set(keys).size).toBe(keys.length);
  });
});
