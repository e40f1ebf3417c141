import { formatDuration, formatPercent } from '#shared/lib/format.ts';
import { SPAN_LAYERS } from '#shared/model/span.ts';
import {
  SPAN_CLAMPED,
  SPAN_ERROR,
  SPAN_EXTERNAL,
  SPAN_INFERRED,
  SPAN_LOST,
  SPAN_OPEN,
} from '#shared/model/trace-columns.ts';
import { layerAt } from './layout/minimap.ts';
import { gapNumber, isGapRow, type Row } from './layout/rows.ts';
import { type RowLabel, RowPool } from './row-pool.ts';
import type { TraceView } from './trace-view.ts';

/** The first levels are indented fully, deeper ones by a hair, so that a name is still readable 100 deep. */
const INDENT_PX = 14;
const FULL_LEVELS = 10;
const DEEP_INDENT_PX = 2;
export const indentOf = (depth: number): number =>
  Math.min(depth, FULL_LEVELS) * INDENT_PX + Math.max(0, depth - FULL_LEVELS) * DEEP_INDENT_PX;

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

/** The rows' texts as DOM, for reading, focus and screen readers. */
export class LabelRows {
  private readonly pool: RowPool<RowLabel>;

  constructor(layer: HTMLElement, prefix: string) {
    this.pool = new RowPool(layer, prefix, (label) => label);
  }

  /** Updates what changed; returns the id of the cursor's row element, '' without rows. */
  render(scene: LabelScene): string {
    const { view, scrollTop, height } = scene;
    return this.pool.render(
      { top: scrollTop, height, count: view.rows.length, cursorAt: view.positionOf(view.cursor) },
      (at) => stampOf(scene, view.rows[at] as Row),
      (label, at) => this.write(label, scene, at),
    );
  }

  private write(label: RowLabel, scene: LabelScene, at: number): void {
    const { view } = scene;
    const row = view.rows[at] as Row;
    if (isGapRow(row)) this.writeGap(label, scene, row);
    else this.writeSpan(label, scene, row);
    const { classList } = label.element;
    classList.toggle('wf-stripe', at % 2 === 1);
    classList.toggle('wf-cursor', row === view.cursor);
    classList.toggle('wf-hover', row === scene.hoverRow);
  }

  private writeGap(label: RowLabel, scene: LabelScene, row: Row): void {
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
    label.figure.data = formatDuration(ms);
    label.spoken.data = `no child ran for ${formatDuration(ms)}, from ${startText(view, gap.startUs)}`;
  }

  private writeSpan(label: RowLabel, scene: LabelScene, i: number): void {
    const { view } = scene;
    const { trace, tree } = view;
    const { element } = label;
    const flags = trace.flags[i] as number;
    const children = tree.childCount[i] as number;
    const parent = trace.parent[i] as number;
    const depth = tree.depth[i] as number;
    const times = view.timesOf(i);
    const ms = (times.endUs - times.startUs) / 1000;
    const layer = SPAN_LAYERS[layerAt(trace, scene.layerOfName, i)] ?? 'external';
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
    label.figure.data =
      (flags & SPAN_LOST) !== 0 ? `≥ ${formatDuration(ms)}` : `${inferred ? '~' : ''}${formatDuration(ms)}`;
    label.spoken.data = spokenState(view, i, flags, times.startUs, ms);
  }
}

/** A row reads differently once it has another stamp; an open span does so twenty times a second. */
function stampOf({ view, stamp, hoverRow }: LabelScene, row: Row): string {
  const span = view.spanOf(row);
  const open = span >= 0 && view.isOpen(span);
  return `${stamp}/${row}/${open ? Math.floor(view.nowUs() / 50_000) : ''}/${row === view.cursor}/${row === hoverRow}`;
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
  if ((flags & SPAN_CLAMPED) !== 0)
    parts.push(
      (flags & SPAN_EXTERNAL) === 0 ? 'widened to hold its children' : 'its clock disagrees with ours',
    );
  if (view.collapsed[i] !== 0) parts.push(`${(view.tree.subtreeEnd[i] as number) - i - 1} spans inside`);
  return parts.join(', ');
}
