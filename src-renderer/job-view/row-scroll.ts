import { ROW_HEIGHT } from './paint/bars.ts';

/** Chromium lays out boxes up to 2^25 px high; beyond this the scroll bar moves in coarser steps. */
const MAX_SPACER_PX = 30_000_000;

interface Parts {
  readonly grid: HTMLElement;
  readonly scroller: HTMLElement;
  /** As high as all rows. */
  readonly spacer: HTMLElement;
}

/** Which of a grid's rows are in sight, however many there are. */
export class RowScroll {
  private readonly parts: Parts;
  private readonly count: () => number;
  private readonly height: () => number;
  private readonly changed: () => void;
  private px = 0;

  /** `count` of rows and `height` of what is painted are asked for when they are needed. */
  constructor(parts: Parts, count: () => number, height: () => number, changed: () => void) {
    this.parts = parts;
    this.count = count;
    this.height = height;
    this.changed = changed;
    const { offsetWidth, clientWidth } = parts.scroller;
    parts.grid.parentElement?.style.setProperty('--wf-scrollbar', `${offsetWidth - clientWidth}px`);
    parts.scroller.addEventListener('scroll', this.scrolled, { passive: true });
  }

  dispose(): void {
    this.parts.scroller.removeEventListener('scroll', this.scrolled);
  }

  /** Content above what is in sight, in pixels. */
  get top(): number {
    return this.px;
  }
  get pageRows(): number {
    return Math.max(1, Math.floor(this.height() / ROW_HEIGHT) - 1);
  }
  /** The row at a place of the canvas, counted from the top. */
  indexAt(y: number): number {
    return Math.floor((y + this.px) / ROW_HEIGHT);
  }

  by(px: number): void {
    this.to(this.px + px);
  }
  to(px: number): void {
    const most = Math.max(0, this.count() * ROW_HEIGHT - this.height());
    this.px = Math.min(most, Math.max(0, px));
    this.parts.scroller.scrollTop = this.px / this.scale();
    this.changed();
  }
  /** Brings a row into sight, as little as may be. */
  show(index: number): void {
    const top = index * ROW_HEIGHT;
    // A link to a span asks before the first frame has measured the canvas.
    const height = this.height() > 0 ? this.height() : this.parts.scroller.clientHeight;
    const room = Math.max(0, height - ROW_HEIGHT);
    if (top < this.px) this.to(top);
    else if (top > this.px + room) this.to(top - room);
  }

  /** After the number of rows changed. */
  fit(): void {
    const count = this.count();
    this.parts.spacer.style.height = `${Math.min(MAX_SPACER_PX, count * ROW_HEIGHT)}px`;
    this.parts.grid.setAttribute('aria-rowcount', String(count + 1));
  }

  /** Content pixels per scroll-bar pixel: 1 but for more than 1.3 million rows. */
  private scale(): number {
    const whole = this.count() * ROW_HEIGHT;
    const view = this.parts.scroller.clientHeight;
    return whole <= MAX_SPACER_PX ? 1 : (whole - view) / (MAX_SPACER_PX - view);
  }

  private readonly scrolled = (): void => {
    const px = this.parts.scroller.scrollTop * this.scale();
    if (Math.abs(px - this.px) < 0.5) return;
    this.px = px;
    this.changed();
  };
}
