import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const CSS = readFileSync(new URL('./tokens.css', import.meta.url), 'utf8');

/** The hex colours of one theme, by token. */
function coloursOf(theme: string): ReadonlyMap<string, string> {
  const block = CSS.split(`[data-mantine-color-scheme="${theme}"] {`)[1]?.split('\n}')[0] ?? '';
  return new Map(
    [...block.matchAll(/--([a-z0-9-]+): (#[0-9a-f]{6});/g)].map(([, name = '', hex = '']) => [name, hex]),
  );
}

/** WCAG 2.2, relative luminance. */
function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

describe.each(['dark', 'light'])('the %s theme', (theme) => {
  const colours = coloursOf(theme);
  const of = (name: string): string => colours.get(name) ?? '';
  const series = [1, 2, 3, 4, 5, 6].map((n) => `series-${n}`);

  it.each(series)('has text that can be read on %s', (name) => {
    expect(contrast(of(name), of('ink-on-layer'))).toBeGreaterThanOrEqual(4.5);
  });

  it('has text that can be read on the rest', () => {
    expect(contrast(of('series-7'), of('bg-page'))).toBeGreaterThanOrEqual(4.5);
  });

  it.each(['bg-page', 'bg-stripe', 'bg-hover', 'bg-selected'])(
    'has series that can be seen on %s',
    (ground) => {
      for (const name of series) expect(contrast(of(name), of(ground))).toBeGreaterThanOrEqual(3);
    },
  );
});
