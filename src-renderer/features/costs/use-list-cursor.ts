import { type RefCallback, useRef } from 'react';
import { useActions } from '#renderer/widgets/actions/use-actions.tsx';

/** j and k through the rows of a list: the chosen one has the focus, too. */
export function useListCursor(of: {
  readonly ids: readonly string[];
  readonly chosen: string | null;
  readonly what: string;
  readonly onChoose: (id: string) => void;
  /** What Enter does where it is not simply the choice. */
  readonly open?: { readonly title: string; readonly run: (id: string) => void } | undefined;
}): RefCallback<HTMLElement> {
  const { ids, chosen, what, open } = of;
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
        id: 'costs.next-row',
        title: `Next ${what}`,
        group: 'Costs',
        keys: ['j'],
        keyOnly: true,
        run: () => move(1),
      },
      {
        id: 'costs.previous-row',
        title: `Previous ${what}`,
        group: 'Costs',
        keys: ['k'],
        keyOnly: true,
        run: () => move(-1),
      },
      ...(open === undefined
        ? []
        : [
            {
              id: 'costs.open-row',
              title: open.title,
              group: 'Costs',
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
