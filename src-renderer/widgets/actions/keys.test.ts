import { describe, expect, it } from 'vitest';
import { belongsToTarget, capsOf, KeyMatcher, type Stroke, strokeOf } from './keys.ts';

const press = (key: string, modifiers: Partial<Stroke> = {}): string =>
  strokeOf({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...modifiers });

describe('a stroke', () => {
  it('is spelt as bindings spell it', () => {
    expect(press('k', { ctrlKey: true })).toBe('mod+k');
    expect(press('k', { metaKey: true })).toBe('mod+k');
    expect(press('X', { shiftKey: true })).toBe('shift+x');
    expect(press('?', { shiftKey: true })).toBe('?');
    expect(press('ArrowDown', { shiftKey: true })).toBe('shift+down');
    expect(press('Enter', { ctrlKey: true })).toBe('mod+enter');
    expect(press(' ')).toBe('space');
    expect(press('Shift', { shiftKey: true })).toBe('');
  });
});

describe('bindings', () => {
  const bindings = ['g j', 'g s', 'n', 'shift+g'];

  it('of one stroke are complete at once', () => {
    expect(new KeyMatcher().feed('n', bindings, 0)).toBe('n');
    expect(new KeyMatcher().feed('z', bindings, 0)).toBeNull();
  });

  it('of two strokes wait a second for the other', () => {
    const matcher = new KeyMatcher();
    expect(matcher.feed('g', bindings, 0)).toBe('');
    expect(matcher.feed('s', bindings, 900)).toBe('g s');
    expect(matcher.feed('g', bindings, 2_000)).toBe('');
    expect(matcher.feed('s', bindings, 3_100)).toBeNull();
  });

  it('begun and not completed give way to what was pressed', () => {
    const matcher = new KeyMatcher();
    matcher.feed('g', bindings, 0);
    expect(matcher.feed('n', bindings, 100)).toBe('n');
  });

  it('claim the stroke that would complete them, and only that one, and only in time', () => {
    const matcher = new KeyMatcher();
    expect(matcher.completes('j', bindings, 0)).toBe(false);
    matcher.feed('g', bindings, 0);
    expect(matcher.completes('n', bindings, 10)).toBe(false);
    expect(matcher.completes('j', bindings, 10)).toBe(true);
    expect(matcher.completes('j', bindings, 1_500)).toBe(false);
  });

  it('end with the stroke that completed them', () => {
    const matcher = new KeyMatcher();
    matcher.feed('g', bindings, 0);
    matcher.feed('j', bindings, 10);
    expect(matcher.feed('s', bindings, 20)).toBeNull();
  });
});

describe('the focus', () => {
  const within = (...selectors: readonly string[]) => ({
    tagName: 'DIV',
    closest: (asked: string) => (selectors.some((one) => asked.includes(one)) ? {} : null),
  });

  it('in a field keeps every key', () => {
    expect(belongsToTarget({ tagName: 'INPUT', type: 'text' }, 'x')).toBe(true);
    expect(belongsToTarget({ tagName: 'TEXTAREA' }, 'enter')).toBe(true);
    expect(belongsToTarget({ tagName: 'DIV', isContentEditable: true }, 'x')).toBe(true);
  });

  it('on a button or link keeps what presses it, and nothing else', () => {
    for (const pressable of ['a[href]', 'button', '[role="tab"]']) {
      expect(belongsToTarget(within(pressable), 'enter')).toBe(true);
      expect(belongsToTarget(within(pressable), 'space')).toBe(true);
      expect(belongsToTarget(within(pressable), 'j')).toBe(false);
      expect(belongsToTarget(within(pressable), 'mod+enter')).toBe(false);
    }
  });

  it('on a box to tick keeps Space only', () => {
    expect(belongsToTarget({ tagName: 'INPUT', type: 'checkbox' }, 'space')).toBe(true);
    expect(belongsToTarget({ tagName: 'INPUT', type: 'checkbox' }, 'j')).toBe(false);
  });

  it('on a choice keeps Space and the arrows that choose', () => {
    for (const stroke of ['space', 'left', 'up', 'right', 'down'])
      expect(belongsToTarget({ tagName: 'INPUT', type: 'radio' }, stroke)).toBe(true);
    expect(belongsToTarget({ tagName: 'INPUT', type: 'radio' }, 't')).toBe(false);
    expect(belongsToTarget({ tagName: 'INPUT', type: 'checkbox' }, 'down')).toBe(false);
  });

  it('in a dialog or a menu keeps every key from the view below', () => {
    for (const overlay of ['[role="dialog"]', '[role="menu"]', '[role="listbox"]']) {
      expect(belongsToTarget(within(overlay), 'shift+x')).toBe(true);
    }
  });

  it('nowhere, or on a row, leaves the keys to the view', () => {
    expect(belongsToTarget(null, 'enter')).toBe(false);
    expect(belongsToTarget(within(), 'enter')).toBe(false);
  });
});

it('key caps name the modifier of the platform and keep a plus sign', () => {
  expect(capsOf('mod+k', false)).toEqual([['Ctrl', 'K']]);
  expect(capsOf('mod+k', true)).toEqual([['⌘', 'K']]);
  expect(capsOf('g j', false)).toEqual([['G'], ['J']]);
  expect(capsOf('+', false)).toEqual([['+']]);
});
