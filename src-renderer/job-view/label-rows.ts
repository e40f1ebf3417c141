import { formatDuration, formatPercent } from '#shared/lib/format.ts';
import { SPAN_LAYERS } from '#shared/model/span.ts';
import {
  SPAN_CLAMPED,
  SPAN_ERROR,
  SPAN_INFERRED,
  SPAN_LOST,
  SPAN_OPEN,
} from '#shared/model/trace-columns.ts';
import { gapNumber, isGapRow, type Row } from './layout/rows.ts';
import { ROW_HEIGHT } from './paint/bars.ts';
import type { TraceView } from './trace-view.ts';

/** The first levels are indented fully, deeper ones by a hair, so that a name is still readable 100 deep. */
const INDENT_PX = 14;
const FULL_LEVELS = 10;
const DEEP_INDENT_PX = 2;
export const indentOf = (depth: number): number =>
  Math.min(depth, FULL_LEVELS) * INDENT_PX + Math.max(0, depth - FULL_LEVELS) * DEEP_INDENT_PX;

interface Label {
  readonly element: HTMLElement;
  readonly name: HTMLElement;
  readonly twisty: HTMLElement;
  readonly text: Text;
  readonly detail: Text;
  readonly mark: Text;
  readonly duration: Text;
  readonly spoken: Text;
  at: number;
  stamp: string;
}

export interface LabelScene {
  readonly view: TraceView;
  readonly layerOfName: Uint8Array;
  readonly scrollTop: number;
  readonly height: number;
  readonly selectedSpan: number;
  readonly hoverRow: Row | null;
  readonly isMatch: (span: number) => boolean;
  /** Changes whenever a visible row may read differently. */
  readonly stamp: string;
}

/**
 * The rows' texts as DOM, for reading, focus and screen readers. Only rows in sight exist (and the cursor's, which
 * aria-activedescendant must find); each element serves row after row as the reader scrolls.
 */
export class LabelRows {
  private readonly layer: HTMLElement;
  private readonly prefix: string;
  private readonly pool: Label[] = [];
  private readonly cursor: Label;

  constructor(layer: HTMLElement, prefix: string) {
    this.layer = layer;
    this.prefix = prefix;
    this.cursor = this.makeLabel(`${prefix}-off`);
    this.cursor.element.style.visibility = 'visible';
  }

  /** Updates what changed; returns the id of the cursor's row element, '' without rows. */
  render(scene: LabelScene): string {
    const { view, scrollTop, height } = scene;
    const first = Math.floor(scrollTop / ROW_HEIGHT);
    const last = Math.min(view.rows.length, Math.ceil((scrollTop + height) / ROW_HEIGHT));
    const needed = Math.ceil(height / ROW_HEIGHT) + 1;
    while (this.pool.length < needed) this.pool.push(this.makeLabel(`${this.prefix}-${this.pool.length}`));
    // Rows are placed from a base that moves seldom, so that a scrolled row keeps its own transform.
    const base = Math.floor(first / 10_000) * 10_000;
    this.layer.style.transform = `translateY(${base * ROW_HEIGHT - scrollTop}px)`;
    const cursorAt = view.positionOf(view.cursor);
    let active = '';
    const used = new Set<Label>();
    for (let at = first; at < last; at++) {
      const label = this.pool[at % this.pool.length] as Label;
      used.add(label);
      this.write(label, scene, at, base);
      if (at === cursorAt) active = label.element.id;
    }
    for (const label of this.pool) if (!used.has(label)) this.hide(label);
    if (active === '' && cursorAt >= 0) {
      this.write(this.cursor, scene, cursorAt, base);
      return this.cursor.element.id;
    }
    this.hide(this.cursor);
    return active;
  }

  private hide(label: Label): void {
    if (label.at === -1) return;
    label.at = -1;
    label.element.hidden = true;
  }

  private write(label: Label, scene: LabelScene, at: number, base: number): void {
    const { view } = scene;
    const row = view.rows[at] as Row;
    const span = view.spanOf(row);
    const open = span >= 0 && view.isOpen(span);
    const stamp = `${scene.stamp}/${row}/${base}/${open ? Math.floor(view.nowUs() / 50_000) : ''}/${row === view.cursor}/${row === scene.hoverRow}`;
    if (label.at === at && label.stamp === stamp) return;
    if (label.at === -1) label.element.hidden = false;
    label.at = at;
    label.stamp = stamp;
    label.element.style.transform = `translateY(${(at - base) * ROW_HEIGHT}px)`;
    label.element.setAttribute('aria-rowindex', String(at + 2));
    label.element.dataset.row = String(at);
    if (isGapRow(row)) this.writeGap(label, scene, row);
    else this.writeSpan(label, scene, row);
    const { classList } = label.element;
    classList.toggle('wf-stripe', at % 2 === 1);
    classList.toggle('wf-cursor', row === view.cursor);
    classList.toggle('wf-hover', row === scene.hoverRow);
  }

  private writeGap(label: Label, scene: LabelScene, row: Row): void {
    const { view } = scene;
    const gap = view.gaps[gapNumber(row)];
    if (gap === undefined) return;
    const { element } = label;
    const depth = (view.tree.depth[gap.parent] as number) + 1;
    const ms = (gap.endUs - gap.startUs) / 1000;
    element.className = 'wf-row wf-gap';
    element.setAttribute('aria-level', String(depth + 1));
    for (const name of ['aria-expanded', 'aria-posinset', 'aria-setsize', 'aria-selected'])
      element.removeAttribute(name);
    label.name.style.paddingLeft = `${indentOf(depth) + 4}px`;
    label.twisty.className = 'wf-twisty';
    label.text.data = '. gap';
    label.detail.data = '';
    label.mark.data = '';
    label.duration.data = formatDuration(ms);
    label.spoken.data = `no child ran for ${formatDuration(ms)}, from ${startText(view, gap.startUs)}`;
  }

  private writeSpan(label: Label, scene: LabelScene, i: number): void {
    const { view } = scene;
    const { trace, tree } = view;
    const { element } = label;
    const flags = trace.flags[i] as number;
    const children = tree.childCount[i] as number;
    const parent = trace.parent[i] as number;
    const depth = tree.depth[i] as number;
    const times = view.timesOf(i);
    const ms = (times.endUs - times.startUs) / 1000;
    const layer = SPAN_LAYERS[scene.layerOfName[trace.name[i] as number] as number] ?? 'external';
    const selected = i === scene.selectedSpan;
    const error = (flags & SPAN_ERROR) !== 0;
    element.className = `wf-row wf-layer-${layer}${selected ? ' wf-selected' : ''}${error ? ' wf-error' : ''}${(flags & SPAN_LOST) !== 0 ? ' wf-lost' : ''}${scene.isMatch(i) ? ' wf-match' : ''}`;
    element.setAttribute('aria-level', String(depth + 1));
    element.setAttribute('aria-posinset', String(tree.ordinal[i]));
    element.setAttribute('aria-setsize', String(parent < 0 ? tree.rootCount : tree.childCount[parent]));
    element.setAttribute('aria-selected', String(selected));
    if (children === 0) element.removeAttribute('aria-expanded');
    else element.setAttribute('aria-expanded', String(view.collapsed[i] === 0));
    label.name.style.paddingLeft = `${indentOf(depth) + 4}px`;
    label.twisty.className = `wf-twisty ${children === 0 ? '' : view.collapsed[i] === 0 ? 'wf-opened' : 'wf-closed'}`;
    label.text.data = trace.names[trace.name[i] as number] ?? '';
    label.detail.data = trace.labels[trace.label[i] as number] ?? '';
    const mark = stateMark(flags);
    label.mark.data = mark;
    const inferred = (flags & (SPAN_INFERRED | SPAN_CLAMPED)) !== 0;
    label.duration.data =
      (flags & SPAN_LOST) !== 0 ? `≥ ${formatDuration(ms)}` : `${inferred ? '~' : ''}${formatDuration(ms)}`;
    label.spoken.data = spokenState(view, i, flags, times.startUs, ms);
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
    const mark = inside(name, 'wf-mark');
    const duration = inside(cell('gridcell', 'wf-duration'), '');
    const spoken = inside(cell('gridcell', 'wf-spoken'), '');
    this.layer.append(element);
    return { element, name, twisty, text, detail, mark, duration, spoken, at: -1, stamp: '' };
  }
}

const startText = (view: TraceView, startUs: number): string =>
  formatDuration((startUs - view.extent().startUs) / 1000);

/** A word with a shape; a span that ended well needs none. */
function stateMark(flags: number): string {
  if ((flags & SPAN_LOST) !== 0) return '▨ lost';
  if ((flags & SPAN_ERROR) !== 0) return '✕ error';
  if ((flags & SPAN_OPEN) !== 0) return '▸ open';
  return '';
}

function spokenState(view: TraceView, i: number, flags: number, startUs: number, ms: number): string {
  const extent = view.extent();
  const share = (ms * 1000) / (extent.endUs - extent.startUs);
  const parts = [`starts at ${startText(view, startUs)}`, `${formatPercent(share)} of the trace`];
  if ((flags & SPAN_INFERRED) !== 0) parts.push('start or parent inferred');
  if ((flags & SPAN_CLAMPED) !== 0) parts.push('widened to hold its children');
  if (view.collapsed[i] !== 0) parts.push(`${(view.tree.subtreeEnd[i] as number) - i - 1} spans inside`);
  return parts.join(', ');
}
