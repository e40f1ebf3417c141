import { describe, expect, it } from 'vitest';
import { edgePath, layoutChain, STEP } from './chain-layout.ts';

/** "a b a>b": steps, and what comes after what. */
function layout(text: string): ReturnType<typeof layoutChain> {
  const words = text.split(' ').filter((word) => word !== '');
  return layoutChain(
    words.filter((word) => !word.includes('>')),
    words
      .filter((word) => word.includes('>'))
      .map((word) => {
        const [from = '', to = ''] = word.split('>');
        return { from, to };
      }),
  );
}
const columns = (text: string): string =>
  layout(text)
    .columns.map((column) => column.join('+'))
    .join(' ');

describe('the layout of a chain', () => {
  it.each([
    ['nothing', '', ''],
    ['one step', 'a', 'a'],
    ['one after the other, in whatever order they are listed', 'c b a a>b b>c', 'a b c'],
    ['side by side', 'a b c', 'a+b+c'],
    ['a diamond', 'a b c d a>b a>c b>d c>d', 'a b+c d'],
    ['the longest way decides', 'a b c a>b b>c a>c', 'a b c'],
    ['rows follow what is needed', 'a b x y b>x a>y', 'a+b y+x'],
    ['edges to nowhere are none', 'a b a>z z>b', 'a+b'],
    ['a circle begins with its first', 'a b c b>c c>b a>b', 'a b c'],
    ['a circle that nothing leads to', 'a b a>b b>a', 'a b'],
    ['a step that needs itself', 'a a>a', 'a'],
    ['a name that is there twice', 'a a b a>b a>b', 'a b'],
  ])('%s', (_, text, wanted) => {
    expect(columns(text)).toBe(wanted);
  });

  it('is as large as it must be', () => {
    expect(layout('')).toMatchObject({ width: 0, height: 0 });
    expect(layout('a')).toMatchObject({ width: STEP.width, height: STEP.height });
    expect(layout('a b c a>b a>c')).toMatchObject({
      width: 2 * STEP.width + STEP.gapX,
      height: 2 * STEP.height + STEP.gapY,
    });
  });

  it('puts a step in the middle of what it needs', () => {
    const { places } = layout('a b c d a>b a>c b>d c>d');
    expect(places.get('a')?.y).toBe((STEP.height + STEP.gapY) / 2);
    expect(places.get('d')?.y).toBe(places.get('a')?.y);
  });

  it('leads an edge past the steps of a column, not behind them', () => {
    const { edges, places } = layout('a b c a>b b>c a>c');
    const b = places.get('b')?.y ?? 0;
    const past = edges.find(({ from, to }) => from === 'a' && to === 'c')?.points ?? [];
    expect(past).toHaveLength(4);
    for (const { y } of past.slice(1, 3)) expect(y < b || y > b + STEP.height).toBe(true);
  });

  it('lets no two steps of a column touch, however they are joined', () => {
    const names = Array.from({ length: 40 }, (_, i) => `s${i}`);
    const edges = names.flatMap((name, i) =>
      [2, 3, 7].flatMap((by) => (i % by === 0 ? [] : [`s${Math.floor(i / by)}>${name}`])),
    );
    const { columns: drawn, places } = layout([...names, ...edges].join(' '));
    for (const column of drawn) {
      const tops = column.map((id) => places.get(id)?.y ?? Number.NaN);
      for (const [at, top] of tops.entries())
        if (at > 0) expect(top - (tops[at - 1] ?? 0)).toBeGreaterThanOrEqual(STEP.height + STEP.gapY - 1);
    }
    expect(Math.min(...[...places.values()].map(({ y }) => y))).toBeGreaterThanOrEqual(0);
  });
});

describe('an edge', () => {
  it('is straight where it can be', () => {
    expect(
      edgePath([
        { x: 10, y: 5 },
        { x: 54, y: 5 },
      ]),
    ).toBe('M10 5H54');
    expect(
      edgePath([
        { x: 10, y: 5 },
        { x: 54, y: 25 },
      ]),
    ).toBe('M10 5C32 5 32 25 54 25');
    expect(edgePath([])).toBe('');
  });
});
