import type { WaterfallCommand } from './keys.ts';
import { isGapRow, type Row } from './layout/rows.ts';
import { fitRange, panRange, widthOf, zoomRange } from './layout/time-scale.ts';
import { collapseOrLeave, expandOrEnter, moveBy, reveal, stepSibling, stepTo } from './navigate.ts';
import type { WaterfallView } from './waterfall-view.ts';

export interface CommandActions {
  readonly select: (span: number) => void;
  readonly clear: () => void;
  readonly focusSearch: () => void;
  readonly copy: (text: string) => void;
}

/** Carries out a key's command. False when there was nothing to do. */
export function runCommand(view: WaterfallView, command: WaterfallCommand, actions: CommandActions): boolean {
  const { model } = view;
  const moved = (): true => {
    view.showCursor();
    return true;
  };
  const jumped = (found: boolean): boolean => {
    if (!found) return false;
    view.showCursor();
    view.showCursorTime();
    return true;
  };
  switch (command) {
    case 'up':
    case 'down':
      moveBy(model, command === 'up' ? -1 : 1);
      return moved();
    case 'page_up':
    case 'page_down':
      moveBy(model, command === 'page_up' ? -view.pageRows : view.pageRows);
      return moved();
    case 'first':
    case 'last':
      moveBy(model, command === 'first' ? -model.rows.length : model.rows.length);
      return moved();
    case 'collapse':
      collapseOrLeave(model);
      return moved();
    case 'expand':
      expandOrEnter(model);
      return moved();
    case 'collapse_all':
    case 'expand_all': {
      model.setAllCollapsed(command === 'collapse_all');
      const shown = model.rows[Math.max(0, model.positionOf(model.cursor))] as Row | undefined;
      if (shown !== undefined) model.cursor = shown;
      return moved();
    }
    case 'select': {
      const span = model.spanOf(model.cursor);
      if (span < 0) return false;
      if (isGapRow(model.cursor)) reveal(model, span);
      actions.select(span);
      return moved();
    }
    case 'clear':
      actions.clear();
      return true;
    case 'zoom_in':
    case 'zoom_out':
      zoomAtCursor(view, command === 'zoom_in' ? 1 / 1.5 : 1.5);
      return true;
    case 'pan_left':
    case 'pan_right': {
      const by = widthOf(view.range) / (command === 'pan_left' ? -8 : 8);
      view.setRange(panRange(view.range, by, model.extent()));
      return true;
    }
    case 'fit_all':
      view.setRange(null);
      return true;
    case 'fit_span':
      view.setRange(fitRange(model.timesOf(model.cursor), model.extent()));
      return true;
    case 'search':
      actions.focusSearch();
      return true;
    case 'next_match':
    case 'previous_match':
      return jumped(stepTo(model, model.matches, command === 'next_match' ? 1 : -1));
    case 'next_error':
    case 'previous_error':
      return jumped(stepTo(model, model.errors, command === 'next_error' ? 1 : -1));
    case 'next_sibling':
    case 'previous_sibling':
      return jumped(stepSibling(model, command === 'next_sibling' ? 1 : -1));
    case 'follow':
      view.setFollow(!view.follow);
      return true;
    case 'critical_path':
      view.setCriticalPath(!view.criticalPath);
      return true;
    case 'copy_id': {
      const id = view.idOf(model.spanOf(model.cursor));
      if (id === null) return false;
      actions.copy(id);
      return true;
    }
  }
}

/** Keys have no pointer: they zoom at the middle of the cursor's bar where that is in sight, else of the window. */
function zoomAtCursor(view: WaterfallView, factor: number): void {
  const { range } = view;
  const times = view.model.timesOf(view.model.cursor);
  const middle = (Math.max(times.startUs, range.startUs) + Math.min(times.endUs, range.endUs)) / 2;
  const inside = middle >= range.startUs && middle <= range.endUs;
  const at = inside ? middle : (range.startUs + range.endUs) / 2;
  view.setRange(zoomRange(range, at, factor, view.model.extent()));
}
