import { SPAN_LAYERS } from '#shared/model/span.ts';
import { indentOf } from '../label-rows.ts';
import { type RowLabel, RowPool } from '../row-pool.ts';
import type { StepRows } from './step-rows.ts';

interface StepLabel extends RowLabel {
  /** ▲ ▼ = before the figure; the words say it to who does not see it. */
  readonly shape: HTMLElement;
}

/** The rows' texts as DOM, for reading, focus and screen readers. */
export class StepLabels {
  private readonly pool: RowPool<StepLabel>;

  constructor(layer: HTMLElement, prefix: string) {
    this.pool = new RowPool(layer, prefix, withShape);
  }

  /** Returns the id of the cursor's row element, '' without rows. */
  render(view: StepRows, top: number, height: number, hoverRow: number | null, version: number): string {
    const { rows, cursor } = view;
    return this.pool.render(
      { top, height, count: rows.length, cursorAt: view.positionOf(cursor) },
      (at) => `${version}/${rows[at]}/${rows[at] === cursor}/${rows[at] === hoverRow}`,
      (label, at) => this.write(label, view, at, hoverRow),
    );
  }

  private write(label: StepLabel, view: StepRows, at: number, hoverRow: number | null): void {
    const row = view.rows[at] as number;
    const { element } = label;
    const { steps } = view;
    const text = steps.text(row);
    const depth = view.order === 'tree' ? (steps.depth[row] as number) : 0;
    element.className = [
      'wf-row',
      `wf-layer-${SPAN_LAYERS[steps.layer(row)] ?? 'external'}`,
      at % 2 === 1 ? 'wf-stripe' : '',
      row === view.cursor ? 'wf-cursor' : '',
      row === hoverRow ? 'wf-hover' : '',
      text.mark.startsWith('✕') ? 'wf-error' : '',
    ].join(' ');
    element.setAttribute('aria-level', String(depth + 1));
    if (view.hasChildren(row)) element.setAttribute('aria-expanded', String(!view.isClosed(row)));
    else element.removeAttribute('aria-expanded');
    label.name.style.paddingLeft = `${indentOf(depth) + 4}px`;
    label.twisty.className = `wf-twisty ${view.hasChildren(row) ? (view.isClosed(row) ? 'wf-closed' : 'wf-opened') : ''}`;
    label.text.data = text.name;
    label.detail.data = text.detail;
    label.mark.data = text.mark;
    label.shape.textContent = text.shape;
    label.shape.className = `st-shape ${text.shape === '▲' ? 'st-more' : text.shape === '▼' ? 'st-less' : ''}`;
    label.figure.data = text.figure;
    label.spoken.data = text.spoken;
  }
}

function withShape(label: RowLabel): StepLabel {
  const shape = document.createElement('span');
  shape.setAttribute('aria-hidden', 'true');
  label.figureCell.classList.add('st-figure');
  label.figureCell.prepend(shape);
  label.mark.parentElement?.classList.add('st-mark');
  return { ...label, shape };
}
