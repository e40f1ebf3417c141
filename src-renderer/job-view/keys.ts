import { strokeOf } from '#renderer/widgets/actions/keys.ts';

/** What a key does while the waterfall has the focus. */
export type WaterfallCommand =
  | 'up'
  | 'down'
  | 'page_up'
  | 'page_down'
  | 'first'
  | 'last'
  | 'collapse'
  | 'expand'
  | 'collapse_all'
  | 'expand_all'
  | 'select'
  | 'clear'
  | 'zoom_in'
  | 'zoom_out'
  | 'pan_left'
  | 'pan_right'
  | 'fit_all'
  | 'fit_span'
  | 'search'
  | 'next_match'
  | 'previous_match'
  | 'next_error'
  | 'previous_error'
  | 'next_sibling'
  | 'previous_sibling'
  | 'follow'
  | 'critical_path'
  | 'copy_id';

/** Key, command and what the key sheet says; one list for the handler, the sheet and the palette. */
export const WATERFALL_KEYS: readonly {
  readonly keys: readonly string[];
  readonly command: WaterfallCommand;
  readonly title: string;
}[] = [
  { keys: ['ArrowUp', 'k'], command: 'up', title: 'Row above' },
  { keys: ['ArrowDown', 'j'], command: 'down', title: 'Row below' },
  { keys: ['PageUp'], command: 'page_up', title: 'A page up' },
  { keys: ['PageDown'], command: 'page_down', title: 'A page down' },
  { keys: ['Home'], command: 'first', title: 'First row' },
  { keys: ['End'], command: 'last', title: 'Last row' },
  { keys: ['ArrowLeft'], command: 'collapse', title: 'Collapse, or go to the parent' },
  { keys: ['ArrowRight'], command: 'expand', title: 'Expand, or go to the first child' },
  { keys: ['Shift+ArrowLeft'], command: 'collapse_all', title: 'Collapse all' },
  { keys: ['Shift+ArrowRight', '*'], command: 'expand_all', title: 'Expand all' },
  { keys: ['Enter', ' '], command: 'select', title: 'Show this span' },
  { keys: ['Escape'], command: 'clear', title: 'Show no span' },
  { keys: ['w', '+', '='], command: 'zoom_in', title: 'Zoom in' },
  { keys: ['s', '-'], command: 'zoom_out', title: 'Zoom out' },
  { keys: ['a'], command: 'pan_left', title: 'Pan to earlier' },
  { keys: ['d'], command: 'pan_right', title: 'Pan to later' },
  { keys: ['f'], command: 'fit_all', title: 'Fit the whole trace' },
  { keys: ['F'], command: 'fit_span', title: 'Fit this span' },
  { keys: ['/'], command: 'search', title: 'Search names and labels' },
  { keys: ['n'], command: 'next_match', title: 'Next match' },
  { keys: ['N'], command: 'previous_match', title: 'Previous match' },
  { keys: ['e'], command: 'next_error', title: 'Next error' },
  { keys: ['E'], command: 'previous_error', title: 'Previous error' },
  { keys: [']'], command: 'next_sibling', title: 'Next sibling' },
  { keys: ['['], command: 'previous_sibling', title: 'Previous sibling' },
  { keys: ['l'], command: 'follow', title: 'Follow the live end' },
  { keys: ['p'], command: 'critical_path', title: 'Critical path on or off' },
  { keys: ['c'], command: 'copy_id', title: 'Copy the span id' },
];

const COMMAND_OF: ReadonlyMap<string, WaterfallCommand> = new Map(
  WATERFALL_KEYS.flatMap(({ keys, command }) => keys.map((key) => [key, command] as const)),
);

/** Keys of the list as bindings spell them, for the key sheet. */
export const bindingsOf = (keys: readonly string[]): readonly string[] =>
  keys.map((key) => {
    const bare = key.replace(/^Shift\+/, '');
    const shiftKey = bare !== key || (bare.length === 1 && bare !== bare.toLowerCase());
    return strokeOf({ key: bare, shiftKey, ctrlKey: false, metaKey: false, altKey: false });
  });

type Pressed = Pick<KeyboardEvent, 'key' | 'shiftKey' | 'ctrlKey' | 'metaKey' | 'altKey'>;

/** Null for keys that are not ours, and for all with ctrl, alt or command: those belong to the app and the browser. */
export function commandOf(event: Pressed): WaterfallCommand | null {
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  const named = event.shiftKey && event.key.length > 1 ? `Shift+${event.key}` : event.key;
  return COMMAND_OF.get(named) ?? COMMAND_OF.get(event.key) ?? null;
}
