import { buildMinimap } from '../layout/minimap.ts';
import type { TimeRange } from '../layout/tree.ts';
import type { TraceView } from '../trace-view.ts';
import { paintMinimap, paintMinimapPath, paintWindow } from './minimap-paint.ts';
import type { Palette } from './palette.ts';
import { Surface } from './surface.ts';

/** How old the picture of a growing trace may be. */
const FRESH_MS = 250;

/** The minimap: a picture of the whole trace, drawn when the trace changes, with the window laid over it each frame. */
export class Overview {
  readonly surface: Surface;
  private readonly picture = document.createElement('canvas');
  private drawnAt = Number.NEGATIVE_INFINITY;

  constructor(canvas: HTMLCanvasElement) {
    this.surface = new Surface(canvas);
  }

  /** `growing`: more will follow soon, so the picture may lag a little. */
  changed(growing: boolean): void {
    if (!growing) this.drawnAt = Number.NEGATIVE_INFINITY;
  }

  paint(
    view: TraceView,
    palette: Palette,
    range: TimeRange,
    brush: TimeRange | null,
    criticalPath: boolean,
  ): void {
    const { surface } = this;
    const resized = surface.fit();
    if (surface.width < 1) return;
    const extent = view.extent();
    const age = performance.now() - this.drawnAt;
    if (resized || age === Number.POSITIVE_INFINITY || (view.openCount > 0 && age > FRESH_MS)) {
      paintMinimap(
        surface,
        palette,
        buildMinimap(view.trace, view.tree, extent, surface.width, view.nowUs()),
      );
      if (criticalPath) paintMinimapPath(surface, palette, view.path, extent);
      this.picture.width = surface.canvas.width;
      this.picture.height = surface.canvas.height;
      this.picture.getContext('2d')?.drawImage(surface.canvas, 0, 0);
      this.drawnAt = performance.now();
    } else {
      surface.context.drawImage(this.picture, 0, 0, surface.width, surface.height);
    }
    paintWindow(surface, palette, range, extent, brush);
  }
}
