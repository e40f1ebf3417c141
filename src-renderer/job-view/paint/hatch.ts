import type { Palette } from './palette.ts';

export interface HatchPatterns {
  readonly lost: CanvasPattern | null;
}

/** Diagonal lines: the span's owner died, its end is not known. */
export function makeHatches(context: CanvasRenderingContext2D, palette: Palette): HatchPatterns {
  const tile = document.createElement('canvas');
  tile.width = 6;
  tile.height = 6;
  const ink = tile.getContext('2d');
  if (ink === null) return { lost: null };
  ink.strokeStyle = palette.page;
  ink.lineWidth = 2.4;
  ink.beginPath();
  for (const shift of [-6, 0, 6]) {
    ink.moveTo(shift, 6);
    ink.lineTo(shift + 6, 0);
  }
  ink.stroke();
  return { lost: context.createPattern(tile, 'repeat') };
}

export function drawPattern(
  context: CanvasRenderingContext2D,
  pattern: CanvasPattern | null,
  x: number,
  y: number,
  width: number,
  height: number,
): void {
  if (pattern === null) return;
  context.fillStyle = pattern;
  context.fillRect(x, y, width, height);
}
