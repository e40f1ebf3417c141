import { describe, expect, it } from 'vitest';
import { NO_FILTER } from '#renderer/widgets/job-filter/filter-codec.ts';
import type { ComparisonVerdict, VerdictWord } from '#shared/model/compare.ts';
import { parseView } from './compare-url.ts';
import { drillDown, stepsOf } from './drill.ts';
import { type GroupRow, nextSort, sortRows } from './groups-sort.ts';
import { madeGroup, madeResult, madeVerdicts } from './testing.ts';
import {
  attributeParts,
  dimensionTitle,
  expectedVerdicts,
  judgedPairs,
  matchedLine,
  summaryLine,
  tradeOffWord,
  verdictAbout,
  verdictDetail,
  verdictTerms,
} from './words.ts';

const view = (query = '') => parseView(new URLSearchParams(query));
const groups = ['ollama', 'bedrock', 'k8s-inference'].map((key) => madeGroup(key, 20, 10_000));

describe('in words', () => {
  it('says what is compared in one line', () => {
    expect(summaryLine(view(), madeResult(groups))).toBe('agent.ask by backend: 69 jobs in 3 groups');
    expect(
      summaryLine(view('backend=ollama&by=attribute:agent.ask:gpu'), madeResult(groups, { duplicates: 1 })),
    ).toBe(
      'agent.ask by gpu of agent.ask of the filtered jobs: 69 jobs in 3 groups; 1 job in two sources counted once',
    );
  });
  it('says what matching left out', () => {
    expect(matchedLine(view(), madeResult(groups))).toBeNull();
    expect(matchedLine(view('matched=model&matched=warmth'), madeResult(groups, { unmatched: 12 }))).toBe(
      'Only jobs that match in model, warm or cold: 12 jobs left out, because no like of them is in every group.',
    );
  });
  it('knows how many verdicts will come', () => {
    expect(expectedVerdicts(madeResult(groups))).toBe(3);
    expect(expectedVerdicts(madeResult(groups, { baseline: 'ollama' }))).toBe(2);
    expect(expectedVerdicts(madeResult(groups.slice(0, 1)))).toBe(0);
    const many = Array.from({ length: 50 }, (_, i) => madeGroup(`g${i}`, 3, 10));
    expect(expectedVerdicts(madeResult(many))).toBe(49);
  });
  it('names dimensions and attributes', () => {
    expect(dimensionTitle('backend_type')).toBe('backend');
    expect(attributeParts('attribute:vastai.instance_create:gpu_name')).toEqual({
      span: 'vastai.instance_create',
      key: 'gpu_name',
    });
    expect(attributeParts('model')).toBeNull();
  });
});

describe('verdicts in words', () => {
  const verdict = (a: string, b: string, word: VerdictWord, measure = 'agent.ask'): ComparisonVerdict => {
    const [made] = madeVerdicts([madeGroup(a, 20, 10_000), madeGroup(b, 20, 10_000)]);
    if (made === undefined) throw new Error('no verdict');
    return { ...made, measure, verdict: word };
  };
  it('has trade-offs first, then pairs with something to say, whichever of the two says it', () => {
    const pairs = judgedPairs(
      [
        verdict('a', 'b', 'not_enough'),
        verdict('a', 'c', 'no_difference'),
        verdict('b', 'c', 'better'),
        verdict('c', 'd', 'better'),
      ],
      [
        verdict('a', 'c', 'no_difference', 'success'),
        verdict('a', 'b', 'worse', 'success'),
        verdict('c', 'd', 'worse', 'success'),
      ],
    );
    expect(pairs.map(({ measured, success }) => [measured.a + measured.b, success?.verdict ?? null])).toEqual(
      [
        ['cd', 'worse'],
        ['bc', null],
        ['ab', 'worse'],
        ['ac', 'no_difference'],
      ],
    );
  });
  it.each([
    ['better', 'worse', true],
    ['worse', 'better', true],
    ['better', 'better', false],
    ['better', 'not_enough', false],
    ['no_difference', 'worse', false],
  ] as const)('takes %s with a success that is %s for a trade-off: %s', (measured, rate, tradeOff) => {
    const [pair] = judgedPairs([verdict('a', 'b', measured)], [verdict('a', 'b', rate, 'success')]);
    expect(pair?.tradeOff).toBe(tradeOff);
  });
  it('names what was compared, held against what, and tested how', () => {
    const [time, success] = [verdict('a', 'b', 'better'), verdict('a', 'b', 'worse', 'success')];
    expect([time, success].map((one) => verdictAbout(one, madeResult([]).measure))).toEqual([
      'time',
      'success',
    ]);
    expect(verdictDetail(time)).toBe("p 0.0010 (Mann-Whitney, Holm), Cliff's delta 0.40");
    expect(verdictDetail(success)).toBe('p 0.0010 (exact limits, Holm)');
    expect(verdictTerms(0.05, 3)).toBe(
      'smallest difference of interest 5.0 %, of success 5.0 points; each corrected for 3 comparisons (Holm)',
    );
    expect(verdictTerms(0.05, 1)).toContain('one comparison');
    expect(tradeOffWord('better')).toBe('better, but fails more');
  });
});

describe('the jobs behind a mark', () => {
  const SOURCES = [] as const;
  it("is the board's own filter, narrowed to the group and the time", () => {
    expect(drillDown(view('model=a'), { key: 'bedrock', from: 1000.5, to: 2000.2 }, SOURCES)).toEqual({
      wider: null,
      links: [
        {
          title: 'own',
          to: '/s/own/jobs?backend=bedrock&model=a&from=1970-01-01T00%3A16%3A40.000Z&to=1970-01-01T00%3A33%3A21.000Z&demo=no',
        },
      ],
    });
  });
  it('is a list per source, and says where the board cannot follow', () => {
    const many = drillDown(view('source=own&source=store-1&by=attribute:a:b'), { key: 'x' }, SOURCES);
    expect(many.links).toHaveLength(2);
    expect(many.wider).toContain('no filter for this attribute');
    expect(drillDown(view(), { key: '' }, SOURCES).wider).toContain('without a value');
    expect(drillDown(view('by=source'), { key: 'store-1' }, SOURCES).links[0]?.to).toBe(
      '/s/store-1/jobs?demo=no',
    );
    expect(view().filter).toEqual(NO_FILTER);
  });
});

describe("a group's percentile waterfall", () => {
  const group = (key: string, changes = {}) => madeGroup(key, 2, 10_000, changes);
  it('is a filter where one means the group', () => {
    expect(stepsOf(view('source=store-1'), { model: ['m'], demo: false }, group('bedrock'))).toEqual({
      to: '/bands?title=bedrock&source=store-1&backend=bedrock&model=m',
    });
    expect(stepsOf(view('by=source&source=own&source=s'), { demo: true }, group('s'))).toEqual({
      to: '/bands?title=s&source=s&demo=yes',
    });
  });
  it('names the jobs where none does: picked, matched, by an attribute, without a value', () => {
    const to = (key: string) => ({ to: expect.stringContaining(`jobs=own%2F${key}-0%2C${key}-1`) });
    for (const query of ['a=1&b=2', 'matched=model', 'by=attribute:a:b', 'by=question'])
      expect(stepsOf(view(query), { demo: false }, group('A'))).toEqual(to('A'));
    expect(stepsOf(view(), { demo: false }, group(''))).toEqual(to(''));
  });
  it('is not there for more jobs than fit, or for none, and says why', () => {
    const reason = (query: string, changes: object) =>
      stepsOf(view(query), { demo: false }, group('A', changes));
    expect(reason('', { jobs: 1000 })).toHaveProperty('to');
    expect(reason('', { jobs: 1001 })).toEqual({
      reason: 'It has 1,001 jobs; 1,000 can be laid over one another. Filter for fewer.',
    });
    expect(reason('matched=model', { n: 900 })).toEqual({
      reason:
        'No filter means this group, and only 2 of its 900 jobs with a value are known here. Filter for fewer.',
    });
    expect(reason('matched=model', { n: 0 })).toEqual({
      reason: 'None of its jobs has a value of this measure.',
    });
  });
});

describe('the order of groups', () => {
  const rows: readonly GroupRow[] = groups.map((group, index) => ({
    group,
    index,
    speed: [40, null, 80][index] ?? null,
  }));
  const keys = (sorted: readonly GroupRow[]): readonly string[] => sorted.map(({ group }) => group.key);
  it('has the unknown last either way round', () => {
    expect(keys(sortRows(rows, { by: 'speed', desc: true }))).toEqual(['k8s-inference', 'ollama', 'bedrock']);
    expect(keys(sortRows(rows, { by: 'speed', desc: false }))).toEqual([
      'ollama',
      'k8s-inference',
      'bedrock',
    ]);
    expect(keys(sortRows(rows, { by: 'key', desc: false }))).toEqual(['bedrock', 'k8s-inference', 'ollama']);
  });
  it('is taken away by the third click', () => {
    const once = nextSort(null, 'median');
    expect(once).toEqual({ by: 'median', desc: true });
    expect(nextSort(once, 'median')).toEqual({ by: 'median', desc: false });
    expect(nextSort(nextSort(once, 'median'), 'median')).toBeNull();
  });
});
