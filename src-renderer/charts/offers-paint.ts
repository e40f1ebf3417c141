import type { OfferPoint, Standing } from './offers-data.ts';
import { markPath, type Shape } from './series.ts';

const COLOURS: Readonly<Record<Standing, string>> = {
  front: '--series-1',
  dominated: '--text-faint',
  out: '--text-faint',
};
const SHAPES_USED: readonly Shape[] = ['circle', 'triangle', 'cross'];

/** Offers by shape, size and opacity; the front in colour, the dominated grey, what was left out hollow. */
export function paintOffers(
  canvas: HTMLCanvasElement | null,
  points: readonly OfferPoint[],
  width: number,
  height: number,
): void {
  const context = canvas?.getContext('2d');
  if (canvas === null || context === null || context === undefined) return;
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const style = getComputedStyle(canvas);
  const paths = new Map(SHAPES_USED.map((shape) => [shape, new Path2D(markPath(shape, 0, 0, 1))]));
  let last: Standing | null = null;
  for (const { x, y, radius, alpha, shape, standing } of points) {
    const path = paths.get(shape);
    if (path === undefined) continue;
    if (standing !== last) {
      const colour = style.getPropertyValue(COLOURS[standing]).trim();
      context.fillStyle = colour;
      context.strokeStyle = colour;
      last = standing;
    }
    context.setTransform(ratio * radius, 0, 0, ratio * radius, x * ratio, y * ratio);
    if (standing === 'out') {
      context.globalAlpha = 0.5;
      context.lineWidth = 1 / radius;
      context.stroke(path);
    } else {
      context.globalAlpha = standing === 'front' ? alpha : alpha * 0.7;
      context.fill(path);
    }
  }
  context.setTransform(1, 0, 0, 1, 0, 0);
}
