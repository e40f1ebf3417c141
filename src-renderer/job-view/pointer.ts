import { isGapRow, type Row } from './layout/rows.ts';
import { fitRange, panRange, toTime, toX, widthOf, zoomRange } from './layout/time-scale.ts';
import type { TimeRange } from './layout/tree.ts';
import type { WaterfallView } from './waterfall-view.ts';

const CLICK_SLOP_PX = 4;
const EDGE_PX = 5;
/** One notch of a wheel (100 px) zooms by a quarter or so; a pinch sends many small steps. */
const ZOOM_PER_PX = 0.0022;

export interface PointerActions {
  readonly select: (span: number) => void;
}

/** Rows of bars on a time axis, whatever they are bars of. */
export interface BarsView {
  readonly elements: { readonly bars: HTMLCanvasElement };
  readonly bars: { readonly width: number };
  readonly model: { cursor: Row; extent(): TimeRange; timesOf(row: Row): TimeRange };
  readonly range: TimeRange;
  readonly zoomed: boolean;
  setRange(range: TimeRange | null): void;
  setHover(row: Row | null, x: number | null): void;
  setBrush(where: 'bars' | 'minimap', brush: TimeRange | null): void;
  rowAt(y: number): Row | null;
  scrollBy(px: number): void;
  invalidate(): void;
}

/** Mouse and wheel over the bars: pan, zoom, brush, select, hover. Returns what removes it all. */
export function attachBars(view: BarsView, actions: PointerActions): () => void {
  const { bars: canvas } = view.elements;
  const stop = new AbortController();
  const on = <K extends keyof HTMLElementEventMap>(
    type: K,
    handler: (event: HTMLElementEventMap[K]) => void,
    passive = true,
  ): void => canvas.addEventListener(type, handler, { signal: stop.signal, passive });
  let drag: { x: number; y: number; lastY: number; range: TimeRange; brush: boolean; moved: boolean } | null =
    null;
  const timeAt = (x: number): number => toTime(x, view.range, view.bars.width);

  on(
    'wheel',
    (event) => {
      const sideways = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX;
      if (event.ctrlKey || event.metaKey) {
        event.preventDefault();
        const factor = Math.exp(Math.max(-200, Math.min(200, event.deltaY)) * ZOOM_PER_PX);
        view.setRange(zoomRange(view.range, timeAt(event.offsetX), factor, view.model.extent()));
      } else if (Math.abs(sideways) > Math.abs(event.shiftKey ? 0 : event.deltaY)) {
        event.preventDefault();
        const by = (sideways / view.bars.width) * widthOf(view.range);
        view.setRange(panRange(view.range, by, view.model.extent()));
      }
    },
    false,
  );
  on('pointerdown', (event) => {
    if (event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    const { offsetX: x, offsetY: y } = event;
    drag = { x, y, lastY: y, range: view.range, brush: event.shiftKey, moved: false };
  });
  on('pointermove', (event) => {
    const { offsetX: x, offsetY: y } = event;
    if (drag === null) {
      view.setHover(view.rowAt(y), x);
      return;
    }
    if (!drag.moved && Math.hypot(x - drag.x, y - drag.y) < CLICK_SLOP_PX) return;
    drag.moved = true;
    if (drag.brush) {
      view.setBrush('bars', ordered(timeAt(drag.x), timeAt(x)));
      return;
    }
    canvas.style.cursor = 'grabbing';
    view.setHover(null, null);
    const by = ((drag.x - x) / view.bars.width) * widthOf(drag.range);
    if (Math.abs(x - drag.x) > CLICK_SLOP_PX && view.zoomed)
      view.setRange(panRange(drag.range, by, view.model.extent()));
    view.scrollBy(drag.lastY - y);
    drag.lastY = y;
  });
  const release = (event: PointerEvent): void => {
    const was = drag;
    drag = null;
    canvas.style.cursor = '';
    if (was === null || event.type === 'pointercancel') {
      view.setBrush('bars', null);
    } else if (was.brush && was.moved) {
      view.setRange(ordered(timeAt(was.x), timeAt(event.offsetX)));
      view.setBrush('bars', null);
    } else if (!was.moved) {
      const row = view.rowAt(event.offsetY);
      if (row === null) return;
      view.model.cursor = row;
      view.invalidate();
      if (!isGapRow(row)) actions.select(row);
    }
  };
  on('pointerup', release);
  on('pointercancel', release);
  on('pointerleave', () => view.setHover(null, null));
  on('dblclick', (event) => {
    const row = view.rowAt(event.offsetY);
    if (row !== null) view.setRange(fitRange(view.model.timesOf(row), view.model.extent()));
  });
  return () => stop.abort();
}

/** The minimap: drag draws a window, drag inside one moves it, its edges resize it, double click shows everything. */
export function attachMinimap(view: WaterfallView): () => void {
  const { minimap: canvas } = view.elements;
  const stop = new AbortController();
  const options = { signal: stop.signal };
  type Grip = 'start' | 'end' | 'body' | 'new';
  let drag: { x: number; grip: Grip; range: TimeRange } | null = null;
  const gripAt = (x: number): Grip => {
    if (!view.zoomed) return 'new';
    const extent = view.model.extent();
    const x0 = toX(view.range.startUs, extent, canvas.clientWidth);
    const x1 = toX(view.range.endUs, extent, canvas.clientWidth);
    if (Math.abs(x - x0) <= EDGE_PX) return 'start';
    if (Math.abs(x - x1) <= EDGE_PX) return 'end';
    return x > x0 && x < x1 ? 'body' : 'new';
  };
  const rangeAt = (grip: Grip, from: TimeRange, x0: number, x: number): TimeRange => {
    const extent = view.model.extent();
    const at = toTime(x, extent, canvas.clientWidth);
    const began = toTime(x0, extent, canvas.clientWidth);
    switch (grip) {
      case 'start':
        return ordered(at, from.endUs);
      case 'end':
        return ordered(from.startUs, at);
      case 'body':
        return panRange(from, at - began, extent);
      case 'new':
        return ordered(began, at);
    }
  };
  canvas.addEventListener(
    'pointerdown',
    (event) => {
      if (event.button !== 0) return;
      canvas.setPointerCapture(event.pointerId);
      drag = { x: event.offsetX, grip: gripAt(event.offsetX), range: view.range };
    },
    options,
  );
  canvas.addEventListener(
    'pointermove',
    (event) => {
      const x = event.offsetX;
      if (drag === null) {
        const grip = gripAt(x);
        canvas.style.cursor = grip === 'body' ? 'grab' : grip === 'new' ? 'crosshair' : 'ew-resize';
      } else if (drag.grip === 'new') {
        view.setBrush('minimap', rangeAt('new', drag.range, drag.x, x));
      } else {
        view.setRange(rangeAt(drag.grip, drag.range, drag.x, x));
      }
    },
    options,
  );
  const release = (event: PointerEvent): void => {
    if (
      drag?.grip === 'new' &&
      event.type === 'pointerup' &&
      Math.abs(event.offsetX - drag.x) > CLICK_SLOP_PX
    )
      view.setRange(rangeAt('new', drag.range, drag.x, event.offsetX));
    drag = null;
    view.setBrush('minimap', null);
  };
  canvas.addEventListener('pointerup', release, options);
  canvas.addEventListener('pointercancel', release, options);
  canvas.addEventListener('dblclick', () => view.setRange(null), options);
  return () => stop.abort();
}

const ordered = (a: number, b: number): TimeRange => ({ startUs: Math.min(a, b), endUs: Math.max(a, b) });
