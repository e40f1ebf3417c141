import { onSchemeChange } from '#renderer/styles/scheme.ts';
import { formatDuration } from '#shared/lib/format.ts';
import { clampRange, ticksOf, toTime, toX, widthOf } from '../layout/time-scale.ts';
import type { TimeRange } from '../layout/tree.ts';
import { paintAxis } from '../paint/axis.ts';
import { ROW_HEIGHT } from '../paint/bars.ts';
import { type HatchPatterns, makeHatches } from '../paint/hatch.ts';
import { type Palette, readPalette } from '../paint/palette.ts';
import { Surface } from '../paint/surface.ts';
import { RowScroll } from '../row-scroll.ts';
import { StepLabels } from './step-labels.ts';
import type { StepModel, StepOrder } from './step-model.ts';
import { StepRows } from './step-rows.ts';

export interface StepElements {
  readonly grid: HTMLElement;
  readonly scroller: HTMLElement;
  readonly spacer: HTMLElement;
  readonly labels: HTMLElement;
  readonly bars: HTMLCanvasElement;
  readonly axis: HTMLCanvasElement;
}

/** Draws the steps of several jobs on one time axis. Holds no React: a frame of scrolling draws what is in sight. */
export class StepView {
  readonly model: StepRows;
  readonly elements: StepElements;
  readonly bars: Surface;
  readonly rankOf: Int32Array;
  private readonly axis: Surface;
  private readonly labels: StepLabels;
  private palette: Palette;
  private hatches: HatchPatterns;
  private window: TimeRange | null = null;
  private brush: TimeRange | null = null;
  private readonly scroll: RowScroll;
  private hovered: number | null = null;
  private hoverX: number | null = null;
  private version = 0;
  private frame = 0;
  private readonly stops: (() => void)[] = [];
  focused = false;
  onWindow: (range: TimeRange | null) => void = () => {};

  constructor(elements: StepElements, steps: StepModel, prefix: string) {
    this.elements = elements;
    this.model = new StepRows(steps);
    this.bars = new Surface(elements.bars);
    this.axis = new Surface(elements.axis);
    this.labels = new StepLabels(elements.labels, prefix);
    this.palette = readPalette(elements.grid);
    this.hatches = makeHatches(this.bars.context, this.palette);
    this.rankOf = new Int32Array(steps.count);
    steps.ranked.forEach((row, rank) => {
      this.rankOf[row] = rank;
    });
    this.scroll = new RowScroll(
      elements,
      () => this.model.rows.length,
      () => this.bars.height,
      () => this.invalidate(),
    );
    const resized = new ResizeObserver(() => this.paintNow());
    resized.observe(elements.bars);
    this.stops.push(
      () => resized.disconnect(),
      () => this.scroll.dispose(),
      onSchemeChange(() => {
        this.palette = readPalette(elements.grid);
        this.hatches = makeHatches(this.bars.context, this.palette);
        this.invalidate();
      }),
    );
    this.rowsChanged();
  }

  dispose(): void {
    cancelAnimationFrame(this.frame);
    for (const stop of this.stops) stop();
  }

  get range(): TimeRange {
    return this.window ?? this.model.extent();
  }
  get zoomed(): boolean {
    return this.window !== null;
  }
  setRange(range: TimeRange | null): void {
    const extent = this.model.extent();
    const clamped = range === null ? null : clampRange(range, extent);
    this.window = clamped !== null && widthOf(clamped) >= widthOf(extent) ? null : clamped;
    this.onWindow(this.window);
    this.invalidate();
  }
  setBrush(_where: 'bars' | 'minimap', brush: TimeRange | null): void {
    this.brush = brush;
    this.invalidate();
  }
  setOrder(order: StepOrder): void {
    if (this.model.order === order) return;
    this.model.order = order;
    this.showCursor();
  }
  setHover(row: number | null, x: number | null): void {
    if (row === this.hovered && x === this.hoverX) return;
    this.hovered = row;
    this.hoverX = x;
    this.invalidate();
  }

  get pageRows(): number {
    return this.scroll.pageRows;
  }
  rowAt(y: number): number | null {
    return this.model.rows[this.scroll.indexAt(y)] ?? null;
  }
  isLowerHalf(y: number): boolean {
    return (y + this.scroll.top) % ROW_HEIGHT > ROW_HEIGHT / 2;
  }
  scrollBy(px: number): void {
    this.scroll.by(px);
  }

  /** Redraws with the cursor in sight. */
  showCursor(): void {
    this.rowsChanged();
    this.scroll.show(this.model.positionOf(this.model.cursor));
  }

  /** Moves the window, keeping its width, when the cursor's bars lie outside. */
  showCursorTime(): void {
    const { range } = this;
    const times = this.model.timesOf(this.model.cursor);
    if (times.endUs >= range.startUs && times.startUs <= range.endUs) return;
    const middle = (times.startUs + Math.min(times.endUs, times.startUs + widthOf(range))) / 2;
    this.setRange({ startUs: middle - widthOf(range) / 2, endUs: middle + widthOf(range) / 2 });
  }

  rowsChanged(): void {
    this.version++;
    this.scroll.fit();
    this.invalidate();
  }

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
    const { model, bars, axis, palette, range } = this;
    if (bars.fit()) this.version++;
    axis.fit();
    if (bars.width === 0 || bars.height === 0) return;
    const active = this.labels.render(model, this.scroll.top, bars.height, this.hovered, this.version);
    this.elements.grid.setAttribute('aria-activedescendant', active);
    const { startUs } = model.extent();
    const ticks = ticksOf(range, startUs, bars.width);
    this.paintRows(ticks.map(({ atUs }) => atUs));
    const hoverUs = this.hoverX === null ? 0 : toTime(this.hoverX, range, bars.width) - startUs;
    paintAxis(axis, palette, range, ticks, this.hoverX, formatDuration(hoverUs / 1000));
  }

  private paintRows(ticks: readonly number[]): void {
    const { model, palette, range, hatches, bars: surface } = this;
    const { context, width, height } = surface;
    context.fillStyle = palette.page;
    context.fillRect(0, 0, width, height);
    const first = this.scroll.indexAt(0);
    const last = Math.min(model.rows.length, Math.ceil((this.scroll.top + height) / ROW_HEIGHT));
    for (let at = first; at < last; at++) {
      const row = model.rows[at] as number;
      const y = Math.round(at * ROW_HEIGHT - this.scroll.top);
      const ground = row === this.hovered ? palette.hover : at % 2 === 1 ? palette.stripe : null;
      if (ground !== null) {
        context.fillStyle = ground;
        context.fillRect(0, y, width, ROW_HEIGHT);
      }
      if (row !== model.cursor || !this.focused) continue;
      context.fillStyle = palette.accent;
      context.fillRect(0, y, width, 1);
      context.fillRect(0, y + ROW_HEIGHT - 1, width, 1);
    }
    context.fillStyle = palette.grid;
    for (const tick of ticks) context.fillRect(Math.round(toX(tick, range, width)), 0, 1, height);
    context.font = palette.font;
    context.textBaseline = 'middle';
    const scene = { surface, palette, hatches, range };
    for (let at = first; at < last; at++)
      model.steps.paint(scene, model.rows[at] as number, Math.round(at * ROW_HEIGHT - this.scroll.top));
    if (this.brush === null) return;
    const x0 = toX(this.brush.startUs, range, width);
    context.fillStyle = palette.brush;
    context.fillRect(x0, 0, toX(this.brush.endUs, range, width) - x0, height);
  }
}
