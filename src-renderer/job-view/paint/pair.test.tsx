import { afterEach, expect, it } from 'vitest';
import '#renderer/styles/tokens.css';
import { makeHatches } from './hatch.ts';
import { paintPair } from './pair.ts';
import { readPalette } from './palette.ts';
import { Surface } from './surface.ts';

let canvas: HTMLCanvasElement;
afterEach(() => canvas.remove());

it.each(['dark', 'light'])('a pale bar has edges in full colour, in the %s theme', (theme) => {
  document.documentElement.dataset.mantineColorScheme = theme;
  canvas = document.createElement('canvas');
  canvas.style.cssText = 'width:100px;height:24px';
  document.body.append(canvas);
  const surface = new Surface(canvas);
  surface.fit();
  const palette = readPalette(document.documentElement);
  const { context } = surface;
  context.fillStyle = getComputedStyle(document.documentElement).getPropertyValue('--bg-page').trim();
  context.fillRect(0, 0, 100, 24);
  const scene = {
    surface,
    palette,
    hatches: makeHatches(context, palette),
    range: { startUs: 0, endUs: 100 },
  };
  paintPair(scene, { startUs: 10, endUs: 90 }, null, true, 0);
  const ratio = window.devicePixelRatio || 1;
  const at = (y: number): readonly number[] => [...context.getImageData(50 * ratio, y * ratio, 1, 1).data];
  const full = ((): readonly number[] => {
    context.fillStyle = palette.series[0] ?? '';
    context.fillRect(0, 0, 1, 1);
    return [...context.getImageData(0, 0, 1, 1).data];
  })();
  // The bar is 6 high, from 4.
  expect([at(4), at(9)]).toEqual([full, full]);
  expect(at(6)).not.toEqual(full);
});
