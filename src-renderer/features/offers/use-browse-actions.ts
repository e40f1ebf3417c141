import { axisTitle } from '#renderer/charts/offers-data.ts';
import type { Action } from '#renderer/widgets/actions/registry.ts';
import { useActions } from '#renderer/widgets/actions/use-actions.tsx';
import { copyText } from '#renderer/widgets/copy.tsx';
import { cleared, type OffersView, X_FIELDS, Y_FIELDS } from './offers-url.ts';
import { withPin } from './pins.ts';

/** What can be done while offers are looked at, by key and from the palette. */
export function useBrowseActions(of: {
  readonly view: OffersView;
  readonly onView: (view: OffersView) => void;
  readonly onRefresh: () => void;
  readonly onFilters: () => void;
  readonly onSearch: () => void;
}): void {
  const { view, onView } = of;
  const { offer, pins } = view;
  const action = (
    id: string,
    title: string,
    keys: readonly string[],
    run: () => void,
    more = {},
  ): Action => ({
    id: `offers.${id}`,
    title,
    group: 'Offers',
    keys,
    run,
    ...more,
  });
  const onOffer = { disabled: offer === null };
  useActions([
    action('search', 'Search offers', ['/'], of.onSearch),
    action('refresh', 'Ask the market again', ['r'], of.onRefresh),
    action('filters', 'Filters', ['f'], of.onFilters),
    action('clear', 'Clear all filters', ['shift+f'], () => onView(cleared(view))),
    action('table', view.table ? 'Show the chart' : 'Show the table behind the chart', ['t'], () =>
      onView({ ...view, table: !view.table }),
    ),
    action(
      'left-out',
      view.all ? 'Hide what is left out' : 'Show what is left out, with reasons',
      ['h'],
      () => onView({ ...view, all: !view.all }),
    ),
    action(
      'pin',
      offer !== null && pins.includes(offer) ? 'Unpin the offer' : 'Pin the offer',
      ['p'],
      () => {
        if (offer !== null) onView(withPin(view, offer));
      },
      onOffer,
    ),
    action(
      'compare',
      view.compare ? 'Back to the plot' : 'Compare the pinned offers',
      ['v'],
      () => onView({ ...view, compare: !view.compare }),
      { disabled: pins.length < 2 },
    ),
    action(
      'copy',
      "Copy the offer's number",
      ['c'],
      () => {
        if (offer !== null) void copyText(String(offer));
      },
      onOffer,
    ),
    action('back', 'Clear the brush, else close what is open', ['esc'], () => onView(stepBack(view)), {
      disabled: view.brush === null && !view.compare && offer === null,
    }),
    ...X_FIELDS.filter((x) => x !== view.x).map((x) =>
      action(`x-${x}`, `Across: ${axisTitle(x)}`, [], () => onView({ ...view, x, brush: null })),
    ),
    ...Y_FIELDS.filter((y) => y !== view.y).map((y) =>
      action(`y-${y}`, `Up: ${axisTitle(y)}`, [], () => onView({ ...view, y, brush: null })),
    ),
  ]);
}

/** What Escape takes away: the innermost of what was opened. */
function stepBack(view: OffersView): OffersView {
  if (view.compare) return { ...view, compare: false };
  if (view.brush !== null) return { ...view, brush: null };
  return { ...view, offer: null };
}
