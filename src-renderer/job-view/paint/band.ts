import { toX } from '../layout/time-scale.ts';
import type { StepScene } from '../steps/step-model.ts';

const TOP = 5;
const HEIGHT = 12;

/** Percentiles of one step over many jobs, in microseconds. */
export interface Band {
  readonly start: readonly [number, number, number];
  readonly duration: readonly [number, number, number];
}

/**
 * The bar is median start plus median duration; the band about its end reaches from the 10th to the 90th percentile
 * of the duration, the line about its begin over those of the start. A tick stands at each median.
 *
 *       |-|------|              start p10 | p90
 *         |=================|::::::|      duration to p10 = tick :: p90
 */
export function paintBand(scene: StepScene, { start, duration }: Band, layer: number, y: number): void {
  const { surface, palette, range } = scene;
  const { context, width } = surface;
  const x = (us: number): number => Math.max(-4, Math.min(width + 4, toX(us, range, width)));
  const begin = x(start[1]);
  const [d10, d50, d90] = duration.map((us) => x(start[1] + us)) as [number, number, number];
  const hue = palette.layers[layer] ?? palette.text;
  const top = y + TOP;
  const fill = (x0: number, x1: number, from: number, height: number, alpha: number): void => {
    context.globalAlpha = alpha;
    context.fillRect(x0, from, Math.max(0, x1 - x0), height);
    context.globalAlpha = 1;
  };
  context.fillStyle = hue;
  fill(begin, Math.max(d10, begin + 1), top, HEIGHT, 0.85);
  fill(Math.max(d10, begin + 1), Math.max(d90, d10), top, HEIGHT, 0.4);
  const early = x(start[0]);
  const late = x(start[2]);
  if (late - early > 1) {
    context.fillStyle = palette.dim;
    fill(early, late, y + 19, 1, 1);
    fill(early, early + 1, y + 17, 5, 1);
    fill(late - 1, late, y + 17, 5, 1);
  }
  context.fillStyle = palette.text;
  fill(Math.round(d50) - 1, Math.round(d50) + 1, top - 3, HEIGHT + 6, 1);
}
