/** Colours of a comparison; the groups beyond share a neutral one and are told apart by their labels. */
export const MAX_SERIES = 7;

export interface SeriesStyle {
  readonly colour: string;
  /** So that lines of two groups differ in more than their colour. */
  readonly dash: string;
  readonly shape: Shape;
}
export const SHAPES = ['circle', 'square', 'triangle', 'diamond', 'cross', 'down', 'plus'] as const;
export type Shape = (typeof SHAPES)[number];

const DASHES = ['', '7 3', '2 3', '9 3 2 3', '4 2', '12 4', '1 4'] as const;
const REST: SeriesStyle = { colour: 'var(--text-faint)', dash: '', shape: 'circle' };

/** How the group at `index` of a result is drawn, the same in every chart. */
export const styleAt = (index: number): SeriesStyle =>
  index < MAX_SERIES
    ? {
        colour: `var(--series-${index + 1})`,
        dash: DASHES[index] ?? '',
        shape: SHAPES[index] ?? 'circle',
      }
    : REST;

/** A mark of about `r` px around a point, as an SVG path. */
export function markPath(shape: Shape, x: number, y: number, r: number): string {
  switch (shape) {
    case 'circle':
      return `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0z`;
    case 'square':
      return `M${x - r * 0.9} ${y - r * 0.9}h${r * 1.8}v${r * 1.8}h${-r * 1.8}z`;
    case 'triangle':
      return `M${x} ${y - r * 1.2}L${x + r * 1.1} ${y + r * 0.8}H${x - r * 1.1}z`;
    case 'down':
      return `M${x} ${y + r * 1.2}L${x + r * 1.1} ${y - r * 0.8}H${x - r * 1.1}z`;
    case 'diamond':
      return `M${x} ${y - r * 1.3}L${x + r * 1.3} ${y}L${x} ${y + r * 1.3}L${x - r * 1.3} ${y}z`;
    case 'cross': {
      const [a, b] = [r, r * 0.4];
      return `M${x - a} ${y - a + b}L${x - a + b} ${y - a}L${x} ${y - b}L${x + a - b} ${y - a}L${x + a} ${y - a + b}L${x + b} ${y}L${x + a} ${y + a - b}L${x + a - b} ${y + a}L${x} ${y + b}L${x - a + b} ${y + a}L${x - a} ${y + a - b}L${x - b} ${y}z`;
    }
    case 'plus': {
      const [a, b] = [r * 1.2, r * 0.4];
      return `M${x - b} ${y - a}h${2 * b}v${a - b}h${a - b}v${2 * b}h${b - a}v${a - b}h${-2 * b}v${b - a}h${b - a}v${-2 * b}h${a - b}z`;
    }
  }
}

/** About as wide as the text is at 12 px, losing its middle and not its end. */
export function fitText(text: string, px: number): string {
  const most = Math.max(4, Math.floor(px / 7.1));
  if (text.length <= most) return text;
  const tail = Math.min(8, Math.floor((most - 1) / 2));
  return `${text.slice(0, most - 1 - tail)}…${text.slice(-tail)}`;
}

/** A group in a title or a note, where it may not take all the room. */
export const shortName = (key: string): string => fitText(groupName(key), 300);

/** A group as people read it. */
export const groupName = (key: string): string => (key === '' ? '(none)' : key);
