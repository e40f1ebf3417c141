import { isGapRow, type Row } from './layout/rows.ts';
import { fitRange } from './layout/time-scale.ts';
import type { PointerActions } from './pointer.ts';
import type { WaterfallView } from './waterfall-view.ts';

/** The mouse over the tree: the twisty opens and closes, a click selects, a double click fits the span. */
export function attachLabels(view: WaterfallView, actions: PointerActions): () => void {
  const { labels } = view.elements;
  const stop = new AbortController();
  const options = { signal: stop.signal };
  const rowOf = (target: EventTarget | null): Row | null => {
    if (!(target instanceof Element)) return null;
    const at = target.closest<HTMLElement>('[data-row]')?.dataset.row;
    return at === undefined ? null : (view.model.rows[Number(at)] ?? null);
  };
  labels.addEventListener(
    'click',
    (event) => {
      const row = rowOf(event.target);
      if (row === null) return;
      view.model.cursor = row;
      const twisty = event.target instanceof Element && event.target.closest('.wf-twisty') !== null;
      if (twisty && !isGapRow(row) && (view.model.tree.childCount[row] ?? 0) > 0)
        view.model.setCollapsed(row, view.model.collapsed[row] === 0);
      else if (!isGapRow(row)) actions.select(row);
      view.rowsChanged();
    },
    options,
  );
  labels.addEventListener(
    'dblclick',
    (event) => {
      const row = rowOf(event.target);
      if (row !== null) view.setRange(fitRange(view.model.timesOf(row), view.model.extent()));
    },
    options,
  );
  labels.addEventListener('pointermove', (event) => view.setHover(rowOf(event.target), null), options);
  labels.addEventListener('pointerleave', () => view.setHover(null, null), options);
  return () => stop.abort();
}
