import { SPAN_LAYERS } from '#shared/model/span.ts';
import { indentOf } from '../label-rows.ts';
import { ROW_HEIGHT } from '../paint/bars.ts';
import type { StepRows } from './step-rows.ts';

interface Label {
  readonly element: HTMLElement;
  readonly name: HTMLElement;
  readonly twisty: HTMLElement;
  readonly text: Text;
  readonly detail: Text;
  readonly mark: Text;
  readonly shape: HTMLElement;
  readonly figure: Text;
  readonly spoken: Text;
  at: number;
  stamp: string;
}

/** The rows' texts as DOM: only those in sight, and the cursor's, which aria-activedescendant must find. */
export class StepLabels {
  private readonly layer: HTMLElement;
  private readonly prefix: string;
  private readonly pool: Label[] = [];
  private readonly cursor: Label;

  constructor(layer: HTMLElement, prefix: string) {
    this.layer = layer;
    this.prefix = prefix;
    this.cursor = this.makeLabel(`${prefix}-off`);
  }

  /** Returns the id of the cursor's row element, '' without rows. */
  render(
    view: StepRows,
    scrollTop: number,
    height: number,
    hoverRow: number | null,
    version: number,
  ): string {
    const first = Math.floor(scrollTop / ROW_HEIGHT);
    const last = Math.min(view.rows.length, Math.ceil((scrollTop + height) / ROW_HEIGHT));
    const needed = Math.ceil(height / ROW_HEIGHT) + 1;
    while (this.pool.length < needed) this.pool.push(this.makeLabel(`${this.prefix}-${this.pool.length}`));
    const base = Math.floor(first / 10_000) * 10_000;
    this.layer.style.transform = `translateY(${base * ROW_HEIGHT - scrollTop}px)`;
    const cursorAt = view.positionOf(view.cursor);
    let active = '';
    const used = new Set<Label>();
    for (let at = first; at < last; at++) {
      const label = this.pool[at % this.pool.length] as Label;
      used.add(label);
      this.write(label, view, at, base, hoverRow, version);
      if (at === cursorAt) active = label.element.id;
    }
    for (const label of this.pool) if (!used.has(label)) hide(label);
    if (active === '' && cursorAt >= 0) {
      this.write(this.cursor, view, cursorAt, base, hoverRow, version);
      return this.cursor.element.id;
    }
    hide(this.cursor);
    return active;
  }

  private write(
    label: Label,
    view: StepRows,
    at: number,
    base: number,
    hoverRow: number | null,
    version: number,
  ): void {
    const row = view.rows[at] as number;
    const stamp = `${version}/${row}/${base}/${row === view.cursor}/${row === hoverRow}`;
    if (label.at === at && label.stamp === stamp) return;
    if (label.at === -1) label.element.hidden = false;
    label.at = at;
    label.stamp = stamp;
    const { element } = label;
    const { steps } = view;
    const text = steps.text(row);
    const depth = view.order === 'tree' ? (steps.depth[row] as number) : 0;
    element.style.transform = `translateY(${(at - base) * ROW_HEIGHT}px)`;
    element.dataset.row = String(at);
    element.className = [
      'wf-row',
      `wf-layer-${SPAN_LAYERS[steps.layer(row)] ?? 'external'}`,
      at % 2 === 1 ? 'wf-stripe' : '',
      row === view.cursor ? 'wf-cursor' : '',
      row === hoverRow ? 'wf-hover' : '',
      text.mark.startsWith('✕') ? 'wf-error' : '',
    ].join(' ');
    element.setAttribute('aria-rowindex', String(at + 2));
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

  private makeLabel(id: string): Label {
    const element = document.createElement('div');
    element.id = id;
    element.hidden = true;
    element.setAttribute('role', 'row');
    const cell = (role: string, className: string): HTMLElement => {
      const made = document.createElement('div');
      made.setAttribute('role', role);
      made.className = className;
      element.append(made);
      return made;
    };
    const inside = (parent: HTMLElement, className: string): Text => {
      const span = document.createElement('span');
      span.className = className;
      const text = document.createTextNode('');
      span.append(text);
      parent.append(span);
      return text;
    };
    const name = cell('rowheader', 'wf-name');
    const twisty = document.createElement('span');
    twisty.setAttribute('aria-hidden', 'true');
    name.append(twisty);
    const text = inside(name, 'wf-text');
    const detail = inside(name, 'wf-detail');
    const mark = inside(name, 'wf-mark st-mark');
    const figureCell = cell('gridcell', 'wf-duration st-figure');
    const shape = document.createElement('span');
    shape.setAttribute('aria-hidden', 'true');
    figureCell.append(shape);
    const figure = inside(figureCell, '');
    const spoken = inside(cell('gridcell', 'wf-spoken'), '');
    this.layer.append(element);
    return { element, name, twisty, text, detail, mark, shape, figure, spoken, at: -1, stamp: '' };
  }
}

function hide(label: Label): void {
  if (label.at === -1) return;
  label.at = -1;
  label.element.hidden = true;
}
