import { type RefCallback, useRef } from 'react';
import { useActions } from './use-actions.tsx';

/** j and k through the rows of a list: the chosen one has the focus, too. */
export function useListCursor(of: {
  readonly ids: readonly string[];
  readonly chosen: string | null;
  readonly what: string;
  /** Heading of its keys in the palette and the key sheet. */
  readonly group: string;
  readonly onChoose: (id: string) => void;
  /** What Enter does where it is not simply the choice. */
  readonly open?: { readonly title: string; readonly run: (id: string) => void } | undefined;
}): RefCallback<HTMLElement> {
  const { ids, chosen, what, group, open } = of;
  const room = useRef<HTMLElement | null>(null);
  const move = (by: number): void => {
    const at = chosen === null ? -1 : ids.indexOf(chosen);
    const next = ids[Math.min(ids.length - 1, Math.max(0, at + by))];
    if (next === undefined) return;
    of.onChoose(next);
    room.current?.querySelector<HTMLElement>(`[data-id="${CSS.escape(next)}"] button`)?.focus();
  };
  useActions(
    [
      {
        id: 'list.next-row',
        title: `Next ${what}`,
        group,
        keys: ['j'],
        keyOnly: true,
        run: () => move(1),
      },
      {
        id: 'list.previous-row',
        title: `Previous ${what}`,
        group,
        keys: ['k'],
        keyOnly: true,
        run: () => move(-1),
      },
      ...(open === undefined
        ? []
        : [
            {
              id: 'list.open-row',
              title: open.title,
              group,
              keys: ['o'],
              disabled: chosen === null,
              run: () => {
                if (chosen !== null) open.run(chosen);
              },
            },
          ]),
    ],
    'part',
  );
  return (element) => {
    room.current = element;
  };
}
