import { formatCount } from '#shared/lib/format.ts';
import {
  SPAN_CLAMPED,
  SPAN_ERROR,
  SPAN_INFERRED,
  SPAN_LOST,
  SPAN_MODEL_CALL,
  SPAN_OPEN,
} from '#shared/model/trace-columns.ts';
import { callOf, PHASE_NAMES, placePhases } from '../layout/anatomy.ts';
import { firstOn } from '../layout/critical-path.ts';
import { layerAt } from '../layout/minimap.ts';
import { densityOf } from '../layout/pyramid.ts';
import { isGapRow, type Row } from '../layout/rows.ts';
import { selfStretches } from '../layout/self-time.ts';
import { type Tick, toX } from '../layout/time-scale.ts';
import type { TimeRange } from '../layout/tree.ts';
import type { TraceView } from '../trace-view.ts';
import { drawPattern, type HatchPatterns } from './hatch.ts';
import type { Palette } from './palette.ts';
import type { Surface } from './surface.ts';

export const ROW_HEIGHT = 22;
const BAR_TOP = 5;
const BAR_HEIGHT = 12;
/** Beyond this many children a parent's own time is not drawn apart: the stretches would be under a pixel anyway. */
const MAX_SPLIT_CHILDREN = 400;

export interface BarScene {
  readonly surface: Surface;
  readonly view: TraceView;
  readonly palette: Palette;
  readonly hatches: HatchPatterns;
  readonly layerOfName: Uint8Array;
  readonly range: TimeRange;
  readonly ticks: readonly Tick[];
  readonly scrollTop: number;
  readonly selectedSpan: number;
  readonly hoverRow: Row | null;
  readonly focused: boolean;
  readonly showCriticalPath: boolean;
  /** 0 to 1, moves the open edge; constant under reduced motion. */
  readonly beat: number;
  readonly brush: TimeRange | null;
}

export function paintBars(scene: BarScene): void {
  const { surface, view, palette, range, scrollTop } = scene;
  const { context, width, height } = surface;
  context.fillStyle = palette.page;
  context.fillRect(0, 0, width, height);
  const first = Math.floor(scrollTop / ROW_HEIGHT);
  const last = Math.min(view.rows.length, Math.ceil((scrollTop + height) / ROW_HEIGHT));
  for (let at = first; at < last; at++)
    paintBackground(scene, view.rows[at] as Row, at, at * ROW_HEIGHT - scrollTop);
  context.fillStyle = palette.grid;
  for (const tick of scene.ticks) context.fillRect(Math.round(toX(tick.atUs, range, width)), 0, 1, height);
  context.font = palette.font;
  context.textBaseline = 'middle';
  for (let at = first; at < last; at++) {
    const row = view.rows[at] as Row;
    const y = Math.round(at * ROW_HEIGHT - scrollTop);
    if (isGapRow(row)) paintGap(scene, row, y);
    else paintSpan(scene, row, y);
  }
  if (view.openCount > 0) {
    context.fillStyle = palette.open;
    context.fillRect(Math.round(toX(view.nowUs(), range, width)), 0, 1, height);
  }
  if (scene.brush !== null) paintBrush(scene, scene.brush);
}

/** The token a row stands on. No span selected is -1, which is a row too: that of the first gap. */
export function backgroundOf(
  row: Row,
  at: number,
  scene: Pick<BarScene, 'selectedSpan' | 'hoverRow'>,
): 'selected' | 'hover' | 'stripe' | 'page' {
  if (!isGapRow(row) && row === scene.selectedSpan) return 'selected';
  if (row === scene.hoverRow) return 'hover';
  return at % 2 === 1 ? 'stripe' : 'page';
}

function paintBackground(scene: BarScene, row: Row, at: number, y: number): void {
  const { surface, palette, view } = scene;
  const { context, width } = surface;
  const ground = backgroundOf(row, at, scene);
  if (ground !== 'page') {
    context.fillStyle = palette[ground];
    context.fillRect(0, y, width, ROW_HEIGHT);
  }
  if (row === view.cursor && scene.focused) {
    context.fillStyle = palette.accent;
    context.fillRect(0, y, width, 1);
    context.fillRect(0, y + ROW_HEIGHT - 1, width, 1);
  }
}

function paintGap(scene: BarScene, row: Row, y: number): void {
  const { surface, palette, range, view } = scene;
  const { context, width } = surface;
  const times = view.timesOf(row);
  const x0 = Math.round(toX(times.startUs, range, width));
  const x1 = Math.round(toX(times.endUs, range, width));
  if (x1 < 0 || x0 > width) return;
  const middle = y + BAR_TOP + BAR_HEIGHT / 2;
  context.strokeStyle = palette.gap;
  context.lineWidth = 1;
  context.setLineDash([2, 3]);
  line(context, Math.max(-6, x0), middle, Math.min(width + 6, x1));
  context.setLineDash([]);
  context.fillStyle = palette.gap;
  context.fillRect(x0, middle - 4, 1, 8);
  context.fillRect(x1 - 1, middle - 4, 1, 8);
}

function paintSpan(scene: BarScene, i: number, y: number): void {
  const { surface, palette, range, view } = scene;
  const { context, width } = surface;
  const { trace, tree } = view;
  const flags = trace.flags[i] as number;
  const times = view.timesOf(i);
  const exact0 = toX(times.startUs, range, width);
  const exact1 = toX(times.endUs, range, width);
  if (exact1 < 0 || exact0 > width) {
    paintPointer(scene, y, exact1 < 0);
    return;
  }
  const x0 = Math.max(-8, exact0);
  const x1 = Math.min(width + 8, Math.max(exact1, exact0 + 2));
  const top = y + BAR_TOP;
  const hue = palette.layers[layerAt(trace, scene.layerOfName, i)] as string;
  const collapsed = view.collapsed[i] !== 0;
  const call = (flags & SPAN_MODEL_CALL) !== 0 ? callOf(trace, i) : null;
  const hasChildren = (tree.childCount[i] as number) > 0;

  context.fillStyle = hue;
  if (hasChildren) {
    context.globalAlpha = 0.34;
    context.fillRect(x0, top, x1 - x0, BAR_HEIGHT);
    context.globalAlpha = 1;
    if (collapsed) paintHidden(scene, i, top);
    else if ((tree.childCount[i] as number) <= MAX_SPLIT_CHILDREN) paintOwnTime(scene, i, top);
  } else {
    context.fillRect(x0, top, x1 - x0, BAR_HEIGHT);
  }
  if (call !== null) paintPhases(scene, i, top);
  if ((flags & SPAN_LOST) !== 0) drawPattern(context, scene.hatches.lost, x0, top, x1 - x0, BAR_HEIGHT);
  if ((flags & (SPAN_INFERRED | SPAN_LOST)) !== 0)
    outline(context, x0, top, x1 - x0, (flags & SPAN_LOST) !== 0 ? palette.lost : palette.text, [3, 2]);
  if ((flags & SPAN_CLAMPED) !== 0) paintClampMark(scene, x0, x1, top);
  if ((flags & SPAN_ERROR) !== 0) paintError(scene, x0, x1, top);
  if ((flags & SPAN_OPEN) !== 0) paintOpenEdge(scene, x0, x1, top);
  if (collapsed) {
    context.fillStyle = palette.dim;
    const errorRoom = (flags & SPAN_ERROR) !== 0 ? 16 : 0;
    const hidden = (tree.subtreeEnd[i] as number) - i - 1;
    const text = `${formatCount(hidden)} ${hidden === 1 ? 'span' : 'spans'}`;
    if (x1 + 8 + text.length * 6.6 < width)
      context.fillText(text, x1 + 6 + errorRoom, top + BAR_HEIGHT / 2 + 0.5);
    else if (x1 - Math.max(0, x0) > text.length * 6.6 + 12) {
      context.textAlign = 'right';
      pill(context, palette, text, Math.min(width, x1) - 6, top);
      context.textAlign = 'left';
    }
  }
  if (scene.showCriticalPath) paintCritical(scene, i, top);
}

/** Solid where the span worked itself, the tint where its children did. */
function paintOwnTime(scene: BarScene, i: number, top: number): void {
  const { surface, range, view } = scene;
  for (const { startUs, endUs } of selfStretches(view.trace, view.tree, i, view.nowUs())) {
    const x0 = Math.max(-8, toX(startUs, range, surface.width));
    const x1 = Math.min(surface.width + 8, toX(endUs, range, surface.width));
    if (x1 > x0) surface.context.fillRect(x0, top, x1 - x0, BAR_HEIGHT);
  }
}

/** The density of a collapsed subtree: the more spans in a column the more opaque, failures in their own colour below. */
function paintHidden(scene: BarScene, i: number, top: number): void {
  const { surface, palette, range, view } = scene;
  const { context, width } = surface;
  if (width < 1) return;
  const to = view.tree.subtreeEnd[i] as number;
  const density = densityOf(view.trace, view.pyramid, i + 1, to, range, width, view.nowUs());
  let most = 1;
  for (let x = 0; x < width; x++) if ((density.count[x] as number) > most) most = density.count[x] as number;
  const scale = 1 / Math.log2(1 + most);
  const shade = (n: number): number => (n === 0 ? 0 : Math.ceil(Math.log2(1 + n) * scale * 6));
  for (let x = 0; x < width; ) {
    const level = shade(density.count[x] as number);
    let end = x + 1;
    while (end < width && shade(density.count[end] as number) === level) end++;
    if (level > 0) {
      context.globalAlpha = level / 6;
      context.fillRect(x, top + 2, end - x, BAR_HEIGHT - 4);
    }
    x = end;
  }
  context.globalAlpha = 1;
  if (density.totalErrors === 0) return;
  context.fillStyle = palette.error;
  for (let x = 0; x < width; x++)
    if ((density.errors[x] as number) > 0) context.fillRect(x, top + BAR_HEIGHT - 3, 2, 3);
}

function paintPhases(scene: BarScene, i: number, top: number): void {
  const { surface, palette, range, view } = scene;
  const { context, width } = surface;
  const call = callOf(view.trace, i);
  if (call === null) return;
  const times = view.timesOf(i);
  for (const placed of placePhases(call, times.startUs, times.endUs - times.startUs)) {
    const x0 = Math.max(-8, toX(placed.startUs, range, width));
    const x1 = Math.min(width + 8, toX(placed.endUs, range, width));
    if (x1 <= x0) continue;
    context.fillStyle = palette.phases[placed.phase];
    context.fillRect(x0, top, x1 - x0, BAR_HEIGHT);
    context.fillStyle = palette.page;
    if (x1 - x0 > 3) context.fillRect(x1 - 1, top, 1, BAR_HEIGHT);
    const name = PHASE_NAMES[placed.phase];
    const figure = (placed.ms / 1000).toPrecision(2);
    const room = x1 - Math.max(0, x0) - 8;
    // An asterisk: not the server's own word.
    const text = `${name} ${figure}${placed.source === 'server' ? '' : '*'}`;
    const shown = text.length * 6.7 < room ? text : name.length * 6.7 < room ? name : '';
    context.fillStyle = palette.inkOnPhase;
    if (shown !== '') context.fillText(shown, Math.max(0, x0) + 4, top + BAR_HEIGHT / 2 + 0.5);
  }
}

/** A collapsed row shows the path of everything it hides. Dashed where a start or a parent was inferred. */
function paintCritical(scene: BarScene, i: number, top: number): void {
  const { surface, palette, range, view } = scene;
  const { context, width } = surface;
  const { path, trace } = view;
  const to = view.collapsed[i] === 0 ? i + 1 : (view.tree.subtreeEnd[i] as number);
  const y = top + BAR_HEIGHT + 2.25;
  context.strokeStyle = palette.critical;
  context.lineWidth = 1.5;
  // Stretches stand by span; many of a collapsed row's lie in the pixel that was just drawn.
  let from = Number.NaN;
  let until = Number.NaN;
  for (let k = firstOn(path, i); (path.span[k] ?? to) < to; k++) {
    const x0 = toX(path.startUs[k] as number, range, width);
    const x1 = Math.max(toX(path.endUs[k] as number, range, width), x0 + 1);
    if (x1 < 0 || x0 > width || (x0 >= from && x1 <= until)) continue;
    from = x0;
    until = x1;
    const inferred = ((trace.flags[path.span[k] as number] as number) & SPAN_INFERRED) !== 0;
    context.setLineDash(inferred ? [4, 3] : []);
    line(context, Math.max(-8, x0), y, Math.min(width + 8, x1));
  }
  context.setLineDash([]);
}

function paintError(scene: BarScene, x0: number, x1: number, top: number): void {
  const { surface, palette } = scene;
  const { context, width } = surface;
  if (x1 - x0 > 5) outline(context, x0, top, x1 - x0, palette.error, []);
  // A cross beyond the end, so that it is never a matter of colour alone.
  const x = Math.min(width - 5, x1 + 8);
  const y = top + BAR_HEIGHT / 2;
  context.strokeStyle = palette.error;
  context.lineWidth = 2;
  context.beginPath();
  context.moveTo(x - 3.5, y - 3.5);
  context.lineTo(x + 3.5, y + 3.5);
  context.moveTo(x + 3.5, y - 3.5);
  context.lineTo(x - 3.5, y + 3.5);
  context.stroke();
}

function paintOpenEdge(scene: BarScene, x0: number, x1: number, top: number): void {
  const { surface, palette, beat } = scene;
  const { context } = surface;
  const edge = Math.min(18, x1 - x0);
  context.fillStyle = palette.page;
  for (let stripe = 0; stripe < 3; stripe++) {
    const along = ((stripe + beat) / 3) * edge;
    context.globalAlpha = 0.25 + 0.55 * (along / Math.max(1, edge));
    context.fillRect(x1 - edge + along, top, 2, BAR_HEIGHT);
  }
  context.globalAlpha = 1;
  context.fillStyle = palette.open;
  context.fillRect(x1 - 1, top - 2, 2, BAR_HEIGHT + 4);
}

/** Widened to hold children: notches at the ends. */
function paintClampMark(scene: BarScene, x0: number, x1: number, top: number): void {
  const { context } = scene.surface;
  context.fillStyle = scene.palette.text;
  context.fillRect(x0, top - 2, 1, 3);
  context.fillRect(x1 - 1, top - 2, 1, 3);
}

/** The bar lies outside the window: which way. */
function paintPointer(scene: BarScene, y: number, left: boolean): void {
  const { context, width } = scene.surface;
  const x = left ? 4 : width - 4;
  const tip = left ? -4 : 4;
  const middle = y + BAR_TOP + BAR_HEIGHT / 2;
  context.fillStyle = scene.palette.faint;
  context.beginPath();
  context.moveTo(x + tip, middle);
  context.lineTo(x, middle - 4);
  context.lineTo(x, middle + 4);
  context.fill();
}

function paintBrush(scene: BarScene, brush: TimeRange): void {
  const { surface, palette, range } = scene;
  const { context, width, height } = surface;
  const x0 = toX(brush.startUs, range, width);
  const x1 = toX(brush.endUs, range, width);
  context.fillStyle = palette.brush;
  context.fillRect(x0, 0, x1 - x0, height);
  context.fillStyle = palette.accent;
  context.fillRect(x0, 0, 1, height);
  context.fillRect(x1 - 1, 0, 1, height);
}

function line(context: CanvasRenderingContext2D, x0: number, y: number, x1: number): void {
  context.beginPath();
  context.moveTo(x0, y);
  context.lineTo(x1, y);
  context.stroke();
}

function outline(
  context: CanvasRenderingContext2D,
  x: number,
  y: number,
  width: number,
  colour: string,
  dash: number[],
): void {
  context.strokeStyle = colour;
  context.lineWidth = 1;
  context.setLineDash(dash);
  context.strokeRect(Math.round(x) + 0.5, y + 0.5, Math.max(1, Math.round(width) - 1), BAR_HEIGHT - 1);
  context.setLineDash([]);
}

function pill(
  context: CanvasRenderingContext2D,
  palette: Palette,
  text: string,
  right: number,
  top: number,
): void {
  const width = text.length * 6.7 + 8;
  context.fillStyle = palette.page;
  context.fillRect(right - width + 4, top + 1, width, BAR_HEIGHT - 2);
  context.fillStyle = palette.dim;
  context.fillText(text, right, top + BAR_HEIGHT / 2 + 0.5);
}
