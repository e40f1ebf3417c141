import { type RefCallback, useRef, useState } from 'react';
import { groupName } from '#renderer/charts/series.ts';
import { navigate } from '#renderer/client/hash-location.ts';
import type { Action } from '#renderer/widgets/actions/registry.ts';
import { useActions } from '#renderer/widgets/actions/use-actions.tsx';
import type { GroupFigures } from '#shared/model/compare.ts';
import type { Steps } from './drill.ts';

/** The group that keys are about: the one whose row has had the focus last. */
export function useGroupCursor(
  groups: readonly GroupFigures[],
  stepsOf: (group: GroupFigures) => Steps,
): {
  readonly current: string | null;
  readonly onCurrent: (key: string) => void;
  readonly rowRef: (key: string) => RefCallback<HTMLTableRowElement>;
} {
  const [wanted, setCurrent] = useState<string | null>(null);
  const rows = useRef(new Map<string, HTMLTableRowElement>());
  const at = groups.findIndex(({ key }) => key === wanted);
  const current = groups[at];
  const move = (by: number): void => {
    const to = current === undefined ? 0 : Math.min(groups.length - 1, Math.max(0, at + by));
    rows.current
      .get(groups[to]?.key ?? '')
      ?.querySelector('button')
      ?.focus();
  };
  useActions([
    step('next-group', 'Next group', 'j', () => move(1)),
    step('previous-group', 'Previous group', 'k', () => move(-1)),
    stepsAction(current, stepsOf),
  ]);
  return {
    current: current?.key ?? null,
    onCurrent: setCurrent,
    rowRef: (key) => (row) => {
      if (row === null) rows.current.delete(key);
      else rows.current.set(key, row);
    },
  };
}

const step = (id: string, title: string, key: string, run: () => void): Action => ({
  id: `compare.${id}`,
  title,
  group: 'Compare',
  keys: [key],
  keyOnly: true,
  run,
});

/** Where it cannot be done, the sheet of keys says why. */
function stepsAction(group: GroupFigures | undefined, stepsOf: (group: GroupFigures) => Steps): Action {
  const steps: Steps =
    group === undefined ? { reason: 'Choose a group of the table with j and k.' } : stepsOf(group);
  const title = `Percentile waterfall of ${group === undefined ? 'a group' : groupName(group.key)}`;
  return {
    id: 'compare.steps',
    title: 'to' in steps ? title : `${title}. ${steps.reason}`,
    group: 'Compare',
    keys: ['shift+t'],
    disabled: !('to' in steps),
    run: () => {
      if ('to' in steps) navigate(steps.to);
    },
  };
}
