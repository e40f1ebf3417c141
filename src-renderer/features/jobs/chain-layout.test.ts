import { describe, expect, it } from 'vitest';
import type { ChainNode } from '#shared/model/chain.ts';
import { layoutChain } from './chain-layout.ts';

const node = (id: string): ChainNode => ({
  id,
  agent_name: 'prompt',
  status: 'pending',
  started_at: null,
  finished_at: null,
  error: null,
});
/** "a b a>b": steps, and what comes after what. */
function layout(text: string) {
  const words = text.split(' ').filter((word) => word !== '');
  const { places, columns, rows } = layoutChain({
    nodes: words.filter((word) => !word.includes('>')).map(node),
    edges: words
      .filter((word) => word.includes('>'))
      .map((word) => {
        const [from = '', to = ''] = word.split('>');
        return { from, to };
      }),
  });
  return [`${columns}x${rows}`, ...places.map(({ id, column, row }) => `${id}@${column},${row}`)].join(' ');
}

describe('the layout of a chain', () => {
  it.each([
    ['nothing', '', '0x0'],
    ['one step', 'a', '1x1 a@0,0'],
    ['one after the other, in whatever order they are listed', 'c b a a>b b>c', '3x1 a@0,0 b@1,0 c@2,0'],
    ['side by side', 'a b c', '1x3 a@0,0 b@0,1 c@0,2'],
    ['a diamond: the last in the middle', 'a b c d a>b a>c b>d c>d', '3x2 a@0,0 b@1,0 c@1,1 d@2,1'],
    ['the longest way decides', 'a b c a>b b>c a>c', '3x1 a@0,0 b@1,0 c@2,0'],
    ['rows follow what is needed', 'a b x y b>x a>y', '2x2 a@0,0 b@0,1 y@1,0 x@1,1'],
    ['edges to nowhere are none', 'a b a>z z>b', '1x2 a@0,0 b@0,1'],
    ['a circle stands at the end', 'a b c b>c c>b a>b', '2x2 a@0,0 b@1,0 c@1,1'],
    ['a step that needs itself', 'a a>a', '1x1 a@0,0'],
  ])('%s', (_, text, wanted) => {
    expect(layout(text)).toBe(wanted);
  });
});
