import type { WaterfallCommand } from '../keys.ts';
import { fitRange, panRange, widthOf, zoomRange } from '../layout/time-scale.ts';
import type { StepView } from './step-view.ts';

export interface StepActions {
  readonly open: (row: number) => void;
  readonly copy: (row: number) => void;
}

/** The waterfall's keys over steps; `e` goes by importance. False for what steps have none of. */
export function runStepCommand(view: StepView, command: WaterfallCommand, actions: StepActions): boolean {
  const { model } = view;
  if (model.rows.length === 0) return false;
  const moved = (): true => {
    view.showCursor();
    return true;
  };
  const jumped = (found: boolean): boolean => {
    if (found) {
      view.showCursor();
      view.showCursorTime();
    }
    return found;
  };
  const extent = model.extent();
  switch (command) {
    case 'up':
    case 'down':
      model.moveBy(command === 'up' ? -1 : 1);
      return moved();
    case 'page_up':
    case 'page_down':
      model.moveBy(command === 'page_up' ? -view.pageRows : view.pageRows);
      return moved();
    case 'first':
    case 'last':
      model.moveBy(command === 'first' ? -model.rows.length : model.rows.length);
      return moved();
    case 'collapse':
      model.collapseOrLeave();
      return moved();
    case 'expand':
      model.expandOrEnter();
      return moved();
    case 'collapse_all':
    case 'expand_all':
      model.setAllClosed(command === 'collapse_all');
      return moved();
    case 'select':
      actions.open(model.cursor);
      return true;
    case 'zoom_in':
    case 'zoom_out': {
      const { range } = view;
      const times = model.timesOf(model.cursor);
      const middle = (Math.max(times.startUs, range.startUs) + Math.min(times.endUs, range.endUs)) / 2;
      const inside = middle >= range.startUs && middle <= range.endUs;
      const at = inside ? middle : (range.startUs + range.endUs) / 2;
      view.setRange(zoomRange(range, at, command === 'zoom_in' ? 1 / 1.5 : 1.5, extent));
      return true;
    }
    case 'pan_left':
    case 'pan_right':
      view.setRange(panRange(view.range, widthOf(view.range) / (command === 'pan_left' ? -8 : 8), extent));
      return true;
    case 'fit_all':
      view.setRange(null);
      return true;
    case 'fit_span':
      view.setRange(fitRange(model.timesOf(model.cursor), extent));
      return true;
    case 'next_error':
    case 'previous_error':
      return jumped(model.stepRank(command === 'next_error' ? 1 : -1, view.rankOf));
    case 'next_sibling':
    case 'previous_sibling':
      return jumped(model.stepSibling(command === 'next_sibling' ? 1 : -1));
    case 'copy_id':
      actions.copy(model.cursor);
      return true;
    default:
      return false;
  }
}
