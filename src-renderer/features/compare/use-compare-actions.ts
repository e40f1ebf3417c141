import { navigate } from '#renderer/client/hash-location.ts';
import { paths } from '#renderer/client/routes.ts';
import type { Action } from '#renderer/widgets/actions/registry.ts';
import { useActions } from '#renderer/widgets/actions/use-actions.tsx';
import { DIMENSIONS } from '#shared/model/compare.ts';
import { CHARTS, type CompareView, groupedBy } from './compare-url.ts';
import { dimensionTitle } from './words.ts';

/** Everything the view does, by key and from the palette. */
export function useCompareActions(of: {
  readonly view: CompareView;
  readonly onView: (view: CompareView) => void;
  readonly search: () => void;
  readonly save: () => void;
  readonly refresh: () => void;
}): void {
  const { view, onView } = of;
  const step = (by: number): void => {
    const next = CHARTS[(CHARTS.indexOf(view.chart) + by + CHARTS.length) % CHARTS.length];
    if (next !== undefined) onView({ ...view, chart: next });
  };
  const action = (id: string, title: string, keys: readonly string[], run: () => void): Action => ({
    id: `compare.${id}`,
    title,
    group: 'Compare',
    keys,
    run,
  });
  useActions([
    action('search', 'Search jobs', ['/'], of.search),
    action('save', 'Save this comparison…', ['mod+s'], of.save),
    action('refresh', 'Work the figures out anew', ['mod+shift+r'], of.refresh),
    action('next-chart', 'Next chart', [']'], () => step(1)),
    action('previous-chart', 'Previous chart', ['['], () => step(-1)),
    action('table', view.table ? 'Show the chart' : 'Show the table behind the chart', ['t'], () =>
      onView({ ...view, table: !view.table }),
    ),
    action('metrics', 'Metrics explorer', ['g m'], () => navigate(paths.explore())),
    ...DIMENSIONS.filter((by) => by !== view.by && view.pick === null).map((by) =>
      action(`by-${by}`, `Group by ${dimensionTitle(by)}`, [], () => onView(groupedBy(view, by))),
    ),
  ]);
}
