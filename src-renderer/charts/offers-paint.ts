import type { OfferPoint, Standing } from './offers-data.ts';
import { markPath, type Shape } from './series.ts';

const COLOURS: Readonly<Record<Standing, string>> = {
  front: '--series-1',
  dominated: '--text-faint',
  out: '--text-faint',
};
/** Beside circles. */
const SHAPES_USED: readonly Shape[] = ['triangle', 'cross'];

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
  let plain = false;
  for (const { x, y, radius, alpha, shape, standing } of points) {
    if (standing !== last) {
      const colour = style.getPropertyValue(COLOURS[standing]).trim();
      context.fillStyle = colour;
      context.strokeStyle = colour;
      last = standing;
    }
    const hollow = standing === 'out';
    context.globalAlpha = hollow ? 0.5 : standing === 'front' ? alpha : alpha * 0.7;
    const path = paths.get(shape);
    // Nearly all are circles, and an arc is filled half as fast again as a path of one.
    if (path === undefined) {
      if (!plain) context.setTransform(ratio, 0, 0, ratio, 0, 0);
      plain = true;
      context.beginPath();
      context.arc(x, y, radius, 0, 2 * Math.PI);
      if (hollow) {
        context.lineWidth = 1;
        context.stroke();
      } else context.fill();
      continue;
    }
    plain = false;
    context.setTransform(ratio * radius, 0, 0, ratio * radius, x * ratio, y * ratio);
    if (hollow) {
      context.lineWidth = 1 / radius;
      context.stroke(path);
    } else context.fill(path);
  }
  context.setTransform(1, 0, 0, 1, 0, 0);
}
