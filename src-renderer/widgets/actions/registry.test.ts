import { describe, expect, it } from 'vitest';
import { type Action, ActionRegistry, searchActions } from './registry.ts';

const action = (
  id: string,
  title: string,
  keys: readonly string[] = [],
  more: Partial<Action> = {},
): Action => ({
  id,
  title,
  group: 'Test',
  keys,
  run: () => {},
  ...more,
});

describe('the registry', () => {
  it('lets a view shadow the frame, though the frame registers later', () => {
    const registry = new ActionRegistry();
    registry.put(Symbol('view'), 'view', [action('view.new', 'Of the view', ['n'])]);
    registry.put(Symbol('frame'), 'frame', [action('frame.new', 'Of the frame', ['n'])]);
    expect(registry.byKey('n')?.id).toBe('view.new');
  });

  it('gives a key back when the view is gone or its action is disabled', () => {
    const registry = new ActionRegistry();
    const view = Symbol('view');
    registry.put(Symbol('frame'), 'frame', [action('frame.new', 'Of the frame', ['n'])]);
    registry.put(view, 'view', [action('view.new', 'Of the view', ['n'], { disabled: true })]);
    expect(registry.byKey('n')?.id).toBe('frame.new');
    registry.put(view, 'view', null);
    expect(registry.all().map((one) => one.id)).toEqual(['frame.new']);
  });

  it('replaces what the same view said before, and tells who listens', () => {
    const registry = new ActionRegistry();
    const view = Symbol('view');
    let told = 0;
    registry.subscribe(() => told++);
    registry.put(view, 'view', [action('a', 'A')]);
    registry.put(view, 'view', [action('b', 'B')]);
    expect(registry.all().map((one) => one.id)).toEqual(['b']);
    expect(told).toBe(2);
  });
});

describe('the palette', () => {
  const actions = [
    action('1', 'Copy job id'),
    action('2', 'Jobs'),
    action('3', 'Next row', ['j'], { keyOnly: true }),
    action('4', 'Listed only', ['w'], { run: undefined }),
  ];

  it('finds by every word, what starts with them first', () => {
    expect(searchActions(actions, 'job').map((one) => one.id)).toEqual(['2', '1']);
    expect(searchActions(actions, 'id copy').map((one) => one.id)).toEqual(['1']);
    expect(searchActions(actions, 'nothing')).toEqual([]);
  });

  it('shows what can be run from it, and nothing else', () => {
    expect(searchActions(actions, '').map((one) => one.id)).toEqual(['1', '2']);
  });
});
