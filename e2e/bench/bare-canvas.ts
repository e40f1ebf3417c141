import { endOf } from '#renderer/job-view/layout/tree.ts';
import type { TraceColumns } from '#shared/model/trace-columns.ts';
import { type Frames, nextPaint, timeFrames } from './waterfall-frames.ts';

/**
 * The floor: all spans on one canvas of the same size, a lane a pixel row, marks in the same pixel drawn once.
 * No rows, no labels, no interaction.
 */
export async function openBareCanvas(
  trace: TraceColumns,
): Promise<{ readonly paint: number; readonly zoom: Frames }> {
  const started = performance.now();
  const canvas = document.createElement('canvas');
  canvas.width = 1400;
  canvas.height = 900;
  canvas.style.cssText = 'position:fixed;inset:0';
  document.body.append(canvas);
  const context = canvas.getContext('2d', { alpha: false });
  if (context === null) throw new Error('No canvas.');
  const whole = trace.durationUs[0] ?? 1;
  const lanes = 900;
  const reached = new Float64Array(lanes);
  const draw = (zoom: number): void => {
    context.fillStyle = '#111';
    context.fillRect(0, 0, 1400, 900);
    context.fillStyle = '#56b4e9';
    reached.fill(-1);
    const scale = (1400 / whole) * zoom;
    for (let i = 0; i < trace.count; i++) {
      const x0 = (trace.startUs[i] as number) * scale;
      const x1 = endOf(trace, i, 0) * scale;
      if (x0 > 1400) continue;
      const lane = Math.floor((i / trace.count) * lanes);
      if (x1 < (reached[lane] as number) + 1 && x0 >= (reached[lane] as number) - 1) continue;
      reached[lane] = x1;
      context.fillRect(x0, lane, Math.max(1, x1 - x0), 1);
    }
  };
  draw(1);
  await nextPaint();
  const paint = performance.now() - started;
  const zoom = await timeFrames((frame) => draw(1 + (frame % 30) / 30));
  canvas.remove();
  return { paint, zoom };
}
