import { navigate } from '#renderer/client/hash-location.ts';
import { COSTS_PAGES, type CostsPage } from '#renderer/client/routes.ts';
import type { Action } from '#renderer/widgets/actions/registry.ts';
import { useActions } from '#renderer/widgets/actions/use-actions.tsx';
import { type CostsView, PERIOD_NAMES, SPEND_BY } from './costs-url.ts';
import { BY_TITLES, PERIOD_TITLES } from './words.ts';

const CHARTED: readonly (CostsPage | null)[] = ['spend', 'estimates', 'calibration'];

/** What can be done on every page of Costs, by key and from the palette. */
export function useCostsActions(of: {
  readonly page: CostsPage | null;
  readonly view: CostsView;
  readonly onView: (view: CostsView) => void;
  readonly to: (page: CostsPage) => string;
}): void {
  const { page, view, onView } = of;
  const step = (by: number): void => {
    const at = page === null ? 0 : COSTS_PAGES.indexOf(page);
    const next = COSTS_PAGES[(at + by + COSTS_PAGES.length) % COSTS_PAGES.length];
    if (next !== undefined) navigate(of.to(next));
  };
  const action = (id: string, title: string, keys: readonly string[], run: () => void): Action => ({
    id: `costs.${id}`,
    title,
    group: 'Costs',
    keys,
    run,
  });
  const hasCharts = CHARTED.includes(page);
  useActions([
    action('next-page', 'Next page of Costs', [']'], () => step(1)),
    action('previous-page', 'Previous page of Costs', ['['], () => step(-1)),
    ...(hasCharts
      ? [
          action('table', view.table ? 'Show the charts' : 'Show the tables behind the charts', ['t'], () =>
            onView({ ...view, table: !view.table }),
          ),
          ...PERIOD_NAMES.filter((period) => period !== view.period).map((period) =>
            action(`period-${period}`, PERIOD_TITLES[period], [], () => onView({ ...view, period })),
          ),
        ]
      : []),
    ...(page === 'spend'
      ? SPEND_BY.filter((by) => by !== view.by).map((by) =>
          action(`by-${by}`, `Spending by ${BY_TITLES[by]}`, [], () => onView({ ...view, by })),
        )
      : []),
  ]);
}
