import { type MouseEvent, useCallback, useState } from 'react';
import type { ArchivedObject } from '#shared/model/archive.ts';
import { indexOfKey, rowAt } from './object-pages.ts';
import { extendTo, extent, moveTo, NOTHING_SELECTED, type Selection, toggleMark } from './selection.ts';
import type { Objects } from './use-objects.ts';

export interface Cursor {
  readonly selection: Selection;
  readonly setSelection: (change: (now: Selection) => Selection) => void;
  /** The selected key's row, where it is in hand. */
  readonly row: ArchivedObject | undefined;
  readonly at: (index: number) => ArchivedObject | undefined;
  readonly move: (by: number | 'first' | 'last', extending: boolean) => void;
  readonly mark: (index: number) => void;
  readonly pick: (index: number, event: MouseEvent) => void;
}

/** The cursor of the list. It stays on its key when rows come in above it, and forgets its marks on another list. */
export function useCursor(
  objects: Objects,
  listKey: string,
  key: string,
  setKey: (key: string) => void,
): Cursor {
  const { loaded, rows } = objects;
  const [selection, setSelection] = useState(NOTHING_SELECTED);
  const at = useCallback((index: number) => rowAt(loaded, index), [loaded]);
  const found = key === '' ? -1 : indexOfKey(loaded, key);
  if (found !== -1 && found !== selection.cursor) setSelection({ ...selection, cursor: found });
  const [selectedOn, setSelectedOn] = useState(listKey);
  if (selectedOn !== listKey) {
    setSelectedOn(listKey);
    setSelection(NOTHING_SELECTED);
  }
  const { total } = loaded;
  const focus = useCallback(
    async (index: number) => {
      const to = Math.max(0, Math.min(index, total - 1));
      setSelection((now) => moveTo(now, to, total));
      const row = at(to) ?? (await rows(to, to))[0];
      if (row !== undefined) setKey(row.key);
    },
    [at, rows, total, setKey],
  );
  const extend = useCallback(
    async (index: number) => {
      const to = Math.max(0, Math.min(index, total - 1));
      const [first, last] = extent(selection, to);
      const between = await rows(first, last);
      setSelection((now) => extendTo(now, to, between));
      const end = between[to === last ? between.length - 1 : 0];
      if (end !== undefined) setKey(end.key);
    },
    [rows, selection, total, setKey],
  );
  const mark = useCallback(
    (index: number) => {
      setSelection((now) => toggleMark(now, index, at));
      const row = at(index);
      if (row !== undefined) setKey(row.key);
    },
    [at, setKey],
  );
  const pick = useCallback(
    (index: number, event: MouseEvent) => {
      if (event.shiftKey) void extend(index);
      else if (event.metaKey || event.ctrlKey) mark(index);
      else void focus(index);
    },
    [extend, mark, focus],
  );
  const move = (by: number | 'first' | 'last', extending: boolean): void => {
    if (total === 0) return;
    const to = by === 'first' ? 0 : by === 'last' ? total - 1 : selection.cursor + by;
    void (extending ? extend(to) : focus(to));
  };
  return { selection, setSelection, row: at(found), at, move, mark, pick };
}
