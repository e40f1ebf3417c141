import { onSchemeChange } from '#renderer/styles/scheme.ts';
import { formatDuration } from '#shared/lib/format.ts';
import { indexOfSpan, spanIdAt } from '#shared/model/trace-columns.ts';
import type { EpochMicroseconds } from '#shared/model/units.ts';
import { readChrome, sameChrome, type WaterfallChrome } from './chrome.ts';
import { LabelRows } from './label-rows.ts';
import { placeOf } from './layout/find.ts';
import { layersOf } from './layout/minimap.ts';
import type { Row } from './layout/rows.ts';
import { clampRange, ticksOf, toTime, widthOf } from './layout/time-scale.ts';
import type { TimeRange } from './layout/tree.ts';
import { paintAxis } from './paint/axis.ts';
import { paintBars, ROW_HEIGHT } from './paint/bars.ts';
import { type HatchPatterns, makeHatches } from './paint/hatch.ts';
import { Overview } from './paint/overview.ts';
import { type Palette, readPalette } from './paint/palette.ts';
import { Surface } from './paint/surface.ts';
import { RowScroll } from './row-scroll.ts';
import type { TraceChange, TraceStore } from './trace-store.ts';
import { TraceView } from './trace-view.ts';

export interface WaterfallElements {
  readonly grid: HTMLElement;
  readonly scroller: HTMLElement;
  readonly spacer: HTMLElement;
  readonly labels: HTMLElement;
  readonly bars: HTMLCanvasElement;
  readonly axis: HTMLCanvasElement;
  readonly minimap: HTMLCanvasElement;
}

const LIVE_FRAME_MS = 50;

/**
 * Draws a TraceView and keeps what the reader looks at where it is. Holds no React: a frame of scrolling touches two
 * canvases and the rows that came into sight.
 */
export class WaterfallView {
  readonly model: TraceView;
  readonly elements: WaterfallElements;
  readonly bars: Surface;
  private readonly axis: Surface;
  private readonly rows: LabelRows;
  private palette: Palette;
  private hatches: HatchPatterns;
  private layerOfName: Uint8Array = new Uint8Array(0);
  private layered: readonly string[] = [];
  private readonly overview: Overview;
  private version = 0;
  private frame = 0;
  private liveTimer: ReturnType<typeof setTimeout> | null = null;
  private stops: (() => void)[] = [];
  private known: WaterfallChrome | null = null;
  private chromeListener: () => void = () => {};
  private windowListener: (range: TimeRange | null, follow: boolean) => void = () => {};

  /** Null: the whole extent, whatever it grows to. */
  private window: TimeRange | null = null;
  private following = true;
  private selectedId: string | null = null;
  private selected = -1;
  private readonly scroll: RowScroll;
  private minimapBrush: TimeRange | null = null;
  private barsBrush: TimeRange | null = null;
  private hoverX: number | null = null;
  private hovered: Row | null = null;
  criticalPath = true;
  focused = false;
  /** When the last frame finished painting, performance.now(). */
  paintedAt = 0;
  onPaint: (() => void) | null = null;

  constructor(
    elements: WaterfallElements,
    store: TraceStore,
    clock: () => EpochMicroseconds | null,
    prefix: string,
  ) {
    this.elements = elements;
    this.model = new TraceView(store, clock);
    this.bars = new Surface(elements.bars);
    this.axis = new Surface(elements.axis);
    this.overview = new Overview(elements.minimap);
    this.rows = new LabelRows(elements.labels, prefix);
    this.palette = readPalette(elements.grid);
    this.hatches = makeHatches(this.bars.context, this.palette);
    this.scroll = new RowScroll(
      elements,
      () => this.model.rows.length,
      () => this.bars.height,
      () => this.invalidate(),
    );
    this.traceChanged();
    this.stops.push(store.subscribe((change) => this.onChange(change)));
    const resized = new ResizeObserver(() => this.paintNow());
    resized.observe(elements.bars);
    this.stops.push(
      () => resized.disconnect(),
      () => this.scroll.dispose(),
      onSchemeChange(() => this.themeChanged()),
    );
  }

  dispose(): void {
    cancelAnimationFrame(this.frame);
    if (this.liveTimer !== null) clearTimeout(this.liveTimer);
    for (const stop of this.stops) stop();
    this.stops = [];
  }

  /* ---- what the reader looks at ---- */

  get range(): TimeRange {
    const extent = this.model.extent();
    if (this.window === null) return extent;
    if (!this.following || this.model.openCount === 0) return clampRange(this.window, extent);
    return { startUs: extent.endUs - widthOf(this.window), endUs: extent.endUs };
  }

  /** A window chosen by hand ends following; null shows everything. */
  setRange(range: TimeRange | null): void {
    const extent = this.model.extent();
    const clamped = range === null ? null : clampRange(range, extent);
    this.window =
      clamped !== null && widthOf(clamped) >= widthOf(extent) && this.model.openCount === 0 ? null : clamped;
    this.following = range === null;
    this.windowListener(this.window, this.following);
    this.invalidate();
  }

  get zoomed(): boolean {
    return this.window !== null;
  }
  get follow(): boolean {
    return this.following;
  }
  setFollow(follow: boolean): void {
    // Standing still means to keep the window of this moment, also where it was "everything".
    if (!follow) this.window = this.range;
    else if (this.window !== null && widthOf(this.window) >= widthOf(this.model.extent())) this.window = null;
    this.following = follow;
    this.windowListener(this.window, this.following);
    this.invalidate();
  }

  setSelected(spanId: string | null): void {
    this.selectedId = spanId;
    this.selected = spanId === null ? -1 : indexOfSpan(this.model.trace, spanId);
    this.version++;
    this.invalidate();
  }
  get selectedSpan(): number {
    return this.selected;
  }

  setQuery(query: string): void {
    this.model.query = query;
    this.version++;
    this.invalidate();
  }

  setHover(row: Row | null, x: number | null): void {
    if (row === this.hovered && x === this.hoverX) return;
    this.hovered = row;
    this.hoverX = x;
    this.invalidate();
  }

  setBrush(where: 'bars' | 'minimap', brush: TimeRange | null): void {
    if (where === 'bars') this.barsBrush = brush;
    else this.minimapBrush = brush;
    this.invalidate();
  }

  get pageRows(): number {
    return this.scroll.pageRows;
  }

  rowAt(y: number): Row | null {
    return this.model.rows[this.scroll.indexAt(y)] ?? null;
  }

  /** Vertical position of a row inside the canvas. */
  topOf(row: Row): number {
    return this.model.positionOf(row) * ROW_HEIGHT - this.scroll.top;
  }

  scrollBy(px: number): void {
    this.scroll.by(px);
  }

  /** Rows changed (collapsed, expanded, moved to): redraw with the cursor in sight, and its bar where possible. */
  showCursor(): void {
    this.rowsChanged();
    this.scroll.show(this.model.positionOf(this.model.cursor));
  }

  /** Moves the window, keeping its width, when the cursor's bar lies outside. */
  showCursorTime(): void {
    const { range } = this;
    const times = this.model.timesOf(this.model.cursor);
    if (times.endUs >= range.startUs && times.startUs <= range.endUs) return;
    const shift = (times.startUs + Math.min(times.endUs, times.startUs + widthOf(range))) / 2;
    this.setRange({ startUs: shift - widthOf(range) / 2, endUs: shift + widthOf(range) / 2 });
  }

  rowsChanged(): void {
    this.version++;
    this.scroll.fit();
    this.invalidate();
  }

  /* ---- the chrome ---- */

  onChrome(listener: () => void): () => void {
    this.chromeListener = listener;
    return () => {
      this.chromeListener = () => {};
    };
  }
  onWindow(listener: (range: TimeRange | null, follow: boolean) => void): void {
    this.windowListener = listener;
  }

  readonly chrome = (): WaterfallChrome => {
    this.known ??= readChrome(this);
    return this.known;
  };

  /* ---- changes ---- */

  private onChange(change: TraceChange): void {
    const { model } = this;
    const anchorAt = this.scroll.indexAt(0);
    const anchor = model.spanOf(model.rows[anchorAt] ?? 0);
    model.follow(change);
    if (this.window !== null) this.window = model.rangeAfter(change, this.window);
    const now = model.follower(change)(anchor);
    this.traceChanged();
    const moved = now < 0 ? 0 : model.positionOf(now) - anchorAt;
    // The row on top stays on top, unless the reader looks at the very beginning.
    if (this.scroll.top >= ROW_HEIGHT && moved !== 0) this.scroll.by(moved * ROW_HEIGHT);
  }

  private traceChanged(): void {
    const { model } = this;
    // Another reading of a trace may have as many names in another order.
    if (this.layered !== model.trace.names) {
      this.layered = model.trace.names;
      this.layerOfName = layersOf(this.layered);
    }
    this.selected = this.selectedId === null ? -1 : indexOfSpan(model.trace, this.selectedId);
    this.overview.changed(model.openCount > 0);
    this.rowsChanged();
  }

  private themeChanged(): void {
    this.palette = readPalette(this.elements.grid);
    this.hatches = makeHatches(this.bars.context, this.palette);
    this.overview.changed(false);
    this.invalidate();
  }

  /* ---- frames ---- */

  invalidate(): void {
    if (this.frame === 0) this.frame = requestAnimationFrame(() => this.paint());
  }

  /** In this frame: a resized canvas is blank until it is painted. */
  private paintNow(): void {
    cancelAnimationFrame(this.frame);
    this.paint();
  }

  private paint(): void {
    this.frame = 0;
    const { model, palette, bars, axis } = this;
    const resized = bars.fit();
    axis.fit();
    if (bars.width === 0 || bars.height === 0) return;
    if (resized) this.version++;
    const { range } = this;
    const extent = model.extent();
    const ticks = ticksOf(range, extent.startUs, bars.width);
    const isMatch = model.query === '' ? () => false : (span: number) => placeOf(model.matches, span) >= 0;
    const active = this.rows.render({
      view: model,
      layerOfName: this.layerOfName,
      scrollTop: this.scroll.top,
      height: bars.height,
      selectedSpan: this.selected,
      hoverRow: this.hovered,
      isMatch,
      stamp: String(this.version),
    });
    this.elements.grid.setAttribute('aria-activedescendant', active);
    paintBars({
      surface: bars,
      view: model,
      palette,
      hatches: this.hatches,
      layerOfName: this.layerOfName,
      range,
      ticks,
      scrollTop: this.scroll.top,
      selectedSpan: this.selected,
      hoverRow: this.hovered,
      focused: this.focused,
      showCriticalPath: this.criticalPath,
      beat: REDUCED_MOTION.matches ? 0.5 : (performance.now() % 900) / 900,
      brush: this.barsBrush,
    });
    const hoverAt = this.hoverX === null ? 0 : toTime(this.hoverX, range, bars.width) - extent.startUs;
    paintAxis(axis, palette, range, ticks, this.hoverX, formatDuration(hoverAt / 1000));
    this.overview.paint(model, palette, range, this.minimapBrush, this.criticalPath);
    this.paintedAt = performance.now();
    this.announce();
    this.onPaint?.();
    if (model.openCount > 0) this.scheduleLive();
  }

  setCriticalPath(shown: boolean): void {
    this.criticalPath = shown;
    this.overview.changed(false);
    this.invalidate();
  }

  /** Open bars grow: a frame every LIVE_FRAME_MS, and none while the page is hidden. */
  private scheduleLive(): void {
    if (this.liveTimer !== null) return;
    this.liveTimer = setTimeout(
      () => {
        this.liveTimer = null;
        this.invalidate();
      },
      REDUCED_MOTION.matches ? 500 : LIVE_FRAME_MS,
    );
  }

  private announce(): void {
    const next = readChrome(this);
    const before = this.known;
    if (before !== null && sameChrome(before, next)) return;
    this.known = next;
    this.chromeListener();
  }

  idOf(span: number): string | null {
    return span < 0 || span >= this.model.trace.count ? null : spanIdAt(this.model.trace, span);
  }
}

const REDUCED_MOTION = matchMedia('(prefers-reduced-motion: reduce)');
