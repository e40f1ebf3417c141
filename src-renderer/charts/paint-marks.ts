import { markPath, styleAt } from './series.ts';

/** Points of groups in their colours and shapes, at pixels; many points are fainter, so that crowds are seen. */
export function paintMarks(
  canvas: HTMLCanvasElement | null,
  points: readonly { readonly x: number; readonly y: number; readonly group: number }[],
  width: number,
  height: number,
): void {
  const context = canvas?.getContext('2d');
  if (canvas === null || context === null || context === undefined) return;
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  context.scale(ratio, ratio);
  const style = getComputedStyle(canvas);
  const looks = new Map<number, { readonly colour: string; readonly path: Path2D }>();
  const lookOf = (group: number) => {
    const known = looks.get(group);
    if (known !== undefined) return known;
    const { colour, shape } = styleAt(group);
    const name = /^var\((.+)\)$/.exec(colour)?.[1];
    const look = {
      colour: name === undefined ? colour : style.getPropertyValue(name).trim(),
      path: new Path2D(markPath(shape, 0, 0, 3)),
    };
    looks.set(group, look);
    return look;
  };
  context.globalAlpha = points.length > 2000 ? 0.45 : 0.75;
  for (const { x, y, group } of points) {
    const { colour, path } = lookOf(group);
    context.fillStyle = colour;
    context.translate(x, y);
    context.fill(path);
    context.translate(-x, -y);
  }
}
