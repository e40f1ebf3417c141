/** Something a person can do now: one entry feeds the palette, the key sheet and the keyboard. */
export interface Action {
  readonly id: string;
  readonly title: string;
  /** Heading in the palette and the key sheet. */
  readonly group: string;
  readonly keys: readonly string[];
  /** Does it. Absent: the view handles this key itself, and it is only listed on the sheet. */
  readonly run?: (() => void) | undefined;
  readonly disabled?: boolean | undefined;
  /** Works while the caret is in a field, too. */
  readonly inFields?: boolean | undefined;
  /** Not worth a line in the palette (cursor movement). */
  readonly keyOnly?: boolean | undefined;
}

/** Who a set belongs to; a higher one shadows the keys and ids of a lower one. */
export const LEVELS = { frame: 0, view: 1, part: 2, dialog: 3 } as const;
export type Level = keyof typeof LEVELS;

interface ActionSet {
  readonly token: symbol;
  readonly level: Level;
  readonly actions: readonly Action[];
}

/** What is registered now: views over the frame, dialogs over views; among equals the later one counts. */
export class ActionRegistry {
  private sets: readonly ActionSet[] = [];
  private flat: readonly Action[] = [];
  private readonly listeners = new Set<() => void>();

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** All actions, those of the innermost view first; an id stands once. */
  readonly all = (): readonly Action[] => this.flat;

  /** Puts (or replaces, by token) a set; null removes it. */
  put(token: symbol, level: Level, actions: readonly Action[] | null): void {
    const known = this.sets.some((set) => set.token === token);
    if (actions === null) this.sets = this.sets.filter((set) => set.token !== token);
    else if (known) this.sets = this.sets.map((set) => (set.token === token ? { ...set, actions } : set));
    else {
      this.sets = [...this.sets, { token, level, actions }].sort((a, b) => LEVELS[a.level] - LEVELS[b.level]);
    }
    const byId = new Map<string, Action>();
    for (const set of [...this.sets].reverse()) {
      for (const action of set.actions) if (!byId.has(action.id)) byId.set(action.id, action);
    }
    this.flat = [...byId.values()];
    for (const listener of this.listeners) listener();
  }

  /** The action that a binding means now. */
  byKey(binding: string): Action | null {
    return this.flat.find((action) => action.disabled !== true && action.keys.includes(binding)) ?? null;
  }
}

/** Actions whose title holds every word of the query, best first: a title that starts with it, then the rest in order. */
export function searchActions(actions: readonly Action[], query: string): readonly Action[] {
  const words = query
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  const usable = actions.filter((action) => action.run !== undefined && action.keyOnly !== true);
  if (words.length === 0) return usable;
  const matches = usable.filter((action) => {
    const text = `${action.title} ${action.group}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  const starts = (action: Action): boolean => action.title.toLowerCase().startsWith(words.join(' '));
  return [...matches.filter(starts), ...matches.filter((action) => !starts(action))];
}
