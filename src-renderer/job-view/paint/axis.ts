import { type Tick, toX } from '../layout/time-scale.ts';
import type { TimeRange } from '../layout/tree.ts';
import type { Palette } from './palette.ts';
import type { Surface } from './surface.ts';

export function paintAxis(
  surface: Surface,
  palette: Palette,
  range: TimeRange,
  ticks: readonly Tick[],
  cursorX: number | null,
  cursorText: string,
): void {
  const { context, width, height } = surface;
  context.fillStyle = palette.page;
  context.fillRect(0, 0, width, height);
  context.font = palette.font;
  context.textBaseline = 'middle';
  const room = context.measureText(cursorText).width + 8;
  const left = cursorX === null ? width : Math.min(width - room, Math.max(0, cursorX - room / 2));
  for (const tick of ticks) {
    const x = Math.round(toX(tick.atUs, range, width));
    context.fillStyle = palette.border;
    context.fillRect(x, height - 6, 1, 6);
    const end = x + 4 + context.measureText(tick.text).width;
    // A text is whole or not there: not cut by the edge, not by the pointer's time.
    const hidden = end > width || (cursorX !== null && end > left && x < left + room);
    context.fillStyle = palette.dim;
    if (!hidden) context.fillText(tick.text, x + 4, height / 2);
  }
  if (cursorX === null) return;
  context.fillStyle = palette.accent;
  context.fillRect(Math.round(cursorX), height - 6, 1, 6);
  context.fillStyle = palette.accent;
  context.fillText(cursorText, left + 4, height / 2);
}
