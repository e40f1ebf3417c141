import { describe, expect, it } from 'vitest';
import { paths } from '#renderer/client/routes.ts';
import { groupedBy, parseView, queryOf, toggleMatched, writeView } from './compare-url.ts';
import { parseExplore, writeExplore } from './explore-url.ts';

const NOW = 1_795_000_000;
const round = (query: string): string => writeView(parseView(new URLSearchParams(query))).toString();

describe("a comparison's link", () => {
  it.each([
    '',
    'source=own&source=store-1&status=succeeded&backend=ollama&backend=bedrock&q=why&since=7d&by=model&measure=cost',
    'measure=generation_speed&matched=model&matched=question&baseline=ollama&chart=effects&log=no&table=yes',
    'by=attribute%3Aagent.ask%3Agpu+name',
    'baseline=',
    'a=j1&a=store-1%2Fj%25252&b=j3',
  ])('means the same after it was read: %s', (query) => {
    expect(round(query)).toBe(query);
  });

  it('leaves out what has no meaning', () => {
    expect(round('chart=pie&log=maybe&source=&matched=&a=x/y/z&since=1y')).toBe('');
  });

  it("is the contract's query", () => {
    const view = parseView(
      new URLSearchParams('backend=ollama&since=1h&matched=model&matched=agent&by=agent'),
    );
    expect(queryOf(view, NOW)).toEqual({
      sources: ['own'],
      where: { backend_type: ['ollama'], created_from: Math.floor(NOW / 60) * 60 - 3600, demo: false },
      by: 'agent',
      pick: null,
      measure: 'agent.ask',
      // Groups of agents can never match in their agent: the engine would refuse.
      matched: ['model'],
      baseline: null,
    });
  });

  it('takes hand-picked jobs of any source, and waits for both sides', () => {
    const a = [{ source: 'own', job_id: 'a b' }];
    const b = [{ source: 'store-x', job_id: 'c/d' }];
    const query = (link: string) => queryOf(parseView(new URLSearchParams(link.split('?')[1])), NOW);
    expect(query(paths.compare({ pick: { a, b } }))?.pick).toEqual({ a, b });
    expect(query(paths.compare({ pick: { a, b: [] } }))).toBeNull();
  });

  it('changes as a whole: other groups have another baseline and nothing of theirs to match', () => {
    const view = parseView(new URLSearchParams('by=agent&matched=model&matched=question&baseline=holmes'));
    expect(writeView(groupedBy(view, 'model')).toString()).toBe('by=model&matched=question');
    expect(toggleMatched(view, 'model').matched).toEqual(['question']);
    expect(toggleMatched(view, 'tenant_id').matched).toEqual(['model', 'question', 'tenant_id']);
  });
});

it("the explorer's link means the same after it was read", () => {
  for (const query of ['', 'source=store-1&model=a&event=driver.call&by=model&show=p90&log=yes&table=yes'])
    expect(writeExplore(parseExplore(new URLSearchParams(query))).toString()).toBe(query);
  expect(writeExplore(parseExplore(new URLSearchParams('show=mean&log=1'))).toString()).toBe('');
});
