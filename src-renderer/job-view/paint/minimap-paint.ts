import type { CriticalPath } from '../layout/critical-path.ts';
import type { Minimap } from '../layout/minimap.ts';
import { toX } from '../layout/time-scale.ts';
import type { TimeRange } from '../layout/tree.ts';
import type { Palette } from './palette.ts';
import type { Surface } from './surface.ts';

const ERROR_ROW = 7;
const PATH_ROW = 6;

/** Bands by depth, the denser the more opaque; failures as ticks above, the critical path as a line below. */
export function paintMinimap(surface: Surface, palette: Palette, map: Minimap): void {
  const { context, width, height } = surface;
  context.fillStyle = palette.page;
  context.fillRect(0, 0, width, height);
  const bandHeight = Math.min(10, (height - ERROR_ROW - PATH_ROW) / map.bands);
  const scale = 1 / Math.log2(1 + Math.max(1, map.maxCount));
  for (let band = 0; band < map.bands; band++) {
    const y = ERROR_ROW + band * bandHeight;
    for (let x = 0; x < map.width; ) {
      const at = band * map.width + x;
      const count = map.count[at] as number;
      let end = x + 1;
      while (
        end < map.width &&
        map.count[at + end - x] === count &&
        map.layer[at + end - x] === map.layer[at]
      )
        end++;
      if (count > 0) {
        context.globalAlpha = 0.3 + 0.7 * Math.log2(1 + count) * scale;
        context.fillStyle = palette.layers[map.layer[at] as number] as string;
        context.fillRect(x, y, end - x, Math.max(1, bandHeight - 1));
      }
      x = end;
    }
  }
  context.globalAlpha = 1;
  context.fillStyle = palette.error;
  for (let x = 0; x < map.width; x++) {
    if ((map.errors[x] as number) === 0) continue;
    context.beginPath();
    context.moveTo(x - 2.5, 0);
    context.lineTo(x + 3.5, 0);
    context.lineTo(x + 0.5, 5);
    context.fill();
  }
}

export function paintMinimapPath(
  surface: Surface,
  palette: Palette,
  path: CriticalPath,
  extent: TimeRange,
): void {
  const { context, width, height } = surface;
  context.fillStyle = palette.critical;
  // Neighbouring stretches share pixels: a line a pixel column is enough, however many there are.
  const drawn = new Uint8Array(width + 1);
  for (let k = 0; k < path.span.length; k++) {
    const x0 = Math.max(0, Math.floor(toX(path.startUs[k] as number, extent, width)));
    const x1 = Math.min(width, Math.ceil(toX(path.endUs[k] as number, extent, width)));
    for (let x = x0; x < x1; x++) drawn[x] = 1;
  }
  for (let x = 0; x < width; x++) if (drawn[x] === 1) context.fillRect(x, height - 3, 1, 1.5);
}

/** Everything outside the window is dimmed, its edges are handles. */
export function paintWindow(
  surface: Surface,
  palette: Palette,
  range: TimeRange,
  extent: TimeRange,
  brush: TimeRange | null,
): void {
  const { context, width, height } = surface;
  const shown = brush ?? range;
  const x0 = toX(shown.startUs, extent, width);
  const x1 = Math.max(x0 + 2, toX(shown.endUs, extent, width));
  context.globalAlpha = 0.66;
  context.fillStyle = palette.page;
  context.fillRect(0, 0, x0, height);
  context.fillRect(x1, 0, width - x1, height);
  context.globalAlpha = 1;
  if (x0 <= 0 && x1 >= width && brush === null) return;
  context.fillStyle = brush === null ? palette.accent : palette.text;
  context.fillRect(Math.round(x0), 0, 1, height);
  context.fillRect(Math.round(x1) - 1, 0, 1, height);
  for (const x of [x0, x1]) context.fillRect(Math.round(x) - 2, height / 2 - 6, 4, 12);
}
