import type { Milliseconds } from '#shared/model/units.ts';

/**
 * A binding is one or two strokes ("mod+k", "g j", "shift+x", "?"). `mod` is ctrl, or cmd on a Mac. A shifted
 * printable sign is written as the sign ("?"), a shifted letter as "shift+x".
 */
export interface Stroke {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
}

const NAMES: Readonly<Record<string, string>> = {
  ' ': 'space',
  Escape: 'esc',
  ArrowUp: 'up',
  ArrowDown: 'down',
  ArrowLeft: 'left',
  ArrowRight: 'right',
};

/** The stroke as bindings spell it; empty for a modifier alone. */
export function strokeOf(event: Stroke): string {
  if (['Shift', 'Control', 'Meta', 'Alt', 'AltGraph', 'Dead'].includes(event.key)) return '';
  const named = NAMES[event.key];
  const key = named ?? event.key.toLowerCase();
  const isSign = named === undefined && event.key.length === 1 && !/[a-z]/i.test(event.key);
  return [
    event.ctrlKey || event.metaKey ? 'mod+' : '',
    event.altKey ? 'alt+' : '',
    event.shiftKey && !isSign ? 'shift+' : '',
    key,
  ].join('');
}

const SEQUENCE_MS: Milliseconds = 1_000;

/** Finds the binding a run of strokes completes; a first stroke waits a second for its second. */
export class KeyMatcher {
  private pending = '';
  private at: Milliseconds = 0;

  /** Whether a sequence was begun that this stroke completes: then it belongs to nobody else. */
  completes(stroke: string, bindings: Iterable<string>, now: Milliseconds): boolean {
    if (this.pending === '' || now - this.at > SEQUENCE_MS) return false;
    return [...bindings].includes(`${this.pending} ${stroke}`);
  }

  /** The completed binding; '' while one is begun; null when nothing starts with this. */
  feed(stroke: string, bindings: Iterable<string>, now: Milliseconds): string | null {
    const all = [...bindings];
    const tries = this.pending !== '' && now - this.at <= SEQUENCE_MS ? [`${this.pending} ${stroke}`] : [];
    tries.push(stroke);
    this.pending = '';
    for (const attempt of tries) {
      if (all.includes(attempt)) return attempt;
      if (all.some((binding) => binding.startsWith(`${attempt} `))) {
        this.pending = attempt;
        this.at = now;
        return '';
      }
    }
    return null;
  }
}

/** What had the focus when a key was pressed; a part of HTMLElement. */
export interface KeyTarget {
  readonly tagName?: string;
  /** Of an <input>. */
  readonly type?: string;
  readonly isContentEditable?: boolean;
  readonly closest?: (selector: string) => unknown;
}

const OVERLAYS = '[role="dialog"], [role="menu"], [role="listbox"]';
const ARROWS: readonly string[] = ['up', 'down', 'left', 'right'];
const PRESSABLE =
  'a[href], button, summary, [role="button"], [role="tab"], [role="option"], [role="menuitem"], [role="switch"]';

/** Whether letters typed here are text; boxes to tick and choices take none. */
function takesText(target: KeyTarget): boolean {
  if (target.isContentEditable === true) return true;
  if (target.tagName === 'INPUT') return target.type !== 'checkbox' && target.type !== 'radio';
  return target.tagName === 'TEXTAREA' || target.tagName === 'SELECT';
}

/**
 * Whether a key belongs to what has the focus and not to a shortcut of the view: text to its field, everything to an
 * open dialog or menu, Enter and Space to the button or link they press.
 */
export function belongsToTarget(target: KeyTarget | null, stroke: string): boolean {
  if (target === null) return false;
  const isIn = (selector: string): boolean => Boolean(target.closest?.(selector));
  if (takesText(target) || isIn(OVERLAYS)) return true;
  if (stroke === 'space' && target.tagName === 'INPUT') return true;
  if (target.type === 'radio' && ARROWS.includes(stroke)) return true;
  return (stroke === 'enter' || stroke === 'space') && isIn(PRESSABLE);
}

const LABELS: Readonly<Record<string, string>> = {
  esc: 'Esc',
  enter: 'Enter',
  space: 'Space',
  delete: 'Del',
  up: '↑',
  down: '↓',
  left: '←',
  right: '→',
  shift: 'Shift',
  alt: 'Alt',
  pageup: 'PgUp',
  pagedown: 'PgDn',
  home: 'Home',
  end: 'End',
};

/** Caps to draw: `mod+k` is [["Ctrl", "K"]], `g j` is [["G"], ["J"]]. */
export function capsOf(binding: string, isMac: boolean): readonly (readonly string[])[] {
  return binding.split(' ').map((stroke) =>
    stroke.split(/\+(?=.)/).map((part) => {
      if (part === 'mod') return isMac ? '⌘' : 'Ctrl';
      return LABELS[part] ?? (part.length === 1 ? part.toUpperCase() : part);
    }),
  );
}
