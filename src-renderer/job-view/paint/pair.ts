import { toX } from '../layout/time-scale.ts';
import type { TimeRange } from '../layout/tree.ts';
import type { StepScene } from '../steps/step-model.ts';

const BAR_PX = 6;
const TOP_A = 4;
const TOP_B = 12;

/**
 * One step in two jobs, a above b; paler where steps inside it have rows of their own. The line between them is
 * what the longer one has more, at its end:
 *
 *      ==========
 *             ----------
 *   ====================
 */
export function paintPair(
  scene: StepScene,
  a: TimeRange | null,
  b: TimeRange | null,
  hasSteps: boolean,
  y: number,
): void {
  const { surface, palette } = scene;
  const { context, width } = surface;
  bar(scene, a, 0, hasSteps, y + TOP_A);
  bar(scene, b, 1, hasSteps, y + TOP_B);
  if (a === null || b === null) return;
  const more = b.endUs - b.startUs - (a.endUs - a.startUs);
  const { endUs } = more > 0 ? b : a;
  const from = Math.max(0, toX(endUs - Math.abs(more), scene.range, width));
  const to = Math.min(width, toX(endUs, scene.range, width));
  if (to - from < 2) return;
  context.fillStyle = palette.dim;
  context.fillRect(from, y + 10, to - from, 2);
}

function bar(
  { surface, palette, range }: StepScene,
  times: TimeRange | null,
  series: 0 | 1,
  hasSteps: boolean,
  top: number,
): void {
  if (times === null) return;
  const { context, width } = surface;
  const x0 = toX(times.startUs, range, width);
  const x1 = Math.max(toX(times.endUs, range, width), x0 + 2);
  if (x1 < 0 || x0 > width) return;
  const left = Math.max(-4, x0);
  const right = Math.min(width + 4, x1);
  context.fillStyle = palette.series[series] ?? palette.text;
  context.globalAlpha = hasSteps ? 0.45 : 1;
  context.fillRect(left, top, right - left, BAR_PX);
  context.globalAlpha = 1;
  if (!hasSteps) return;
  // A pale bar alone would be 2:1 on the page: its edges, and its ends, which are what is compared, are in full colour.
  context.fillRect(left, top, right - left, 1);
  context.fillRect(left, top + BAR_PX - 1, right - left, 1);
  context.fillRect(left, top, 2, BAR_PX);
  context.fillRect(right - 2, top, 2, BAR_PX);
}
