import { describe, expect, it } from 'vitest';
import {
  type BoardFilter,
  DEFAULT_SORT,
  isNarrowed,
  NO_FILTER,
  nextSort,
  parseFilter,
  toggleValue,
  toQuery,
  writeFilter,
} from './filter-codec.ts';

const read = (text: string): BoardFilter => parseFilter(new URLSearchParams(text));

describe('the board filter in the URL', () => {
  it('is empty for the default board', () => {
    expect(writeFilter(NO_FILTER).toString()).toBe('');
    expect(read('')).toEqual(NO_FILTER);
  });

  it('comes back as it was written, values with commas, spaces and ampersands included', () => {
    const filter: BoardFilter = {
      sets: { status: ['failed', 'running'], model: ['a,b & c=d', 'llama3.1:8b'] },
      text: 'what? 100% #1',
      since: '',
      from: 1_700_000_000,
      to: 1_700_003_600,
      demo: false,
      sort: [
        { by: 'duration_ms', desc: true },
        { by: 'model', desc: false },
      ],
    };
    expect(read(writeFilter(filter).toString())).toEqual(filter);
  });

  it('leaves out what has no meaning', () => {
    const filter = read('status=&since=fortnight&demo=maybe&from=never&sort=-nothing,,cost_usd,cost_usd&x=1');
    expect(filter).toEqual({ ...NO_FILTER, sort: [{ by: 'cost_usd', desc: false }] });
  });

  it('takes at most four sort columns and 256 characters of text', () => {
    const filter = read(`q=${'x'.repeat(300)}&sort=status,kind,agent,model,cost_usd`);
    expect(filter.text).toHaveLength(256);
    expect(filter.sort.map((one) => one.by)).toEqual(['status', 'kind', 'agent', 'model']);
  });

  it('counts as narrowed by a filter, not by an order', () => {
    expect(isNarrowed(read('sort=-cost_usd'))).toBe(false);
    expect(isNarrowed(read('demo=no'))).toBe(true);
  });
});

describe('the query for the engine', () => {
  it('names the contract’s fields and leaves out what is not filtered', () => {
    expect(toQuery(read('backend=ollama&tenant=t1&q=pod'), 'own', 0)).toEqual({
      source: 'own',
      backend_type: ['ollama'],
      tenant_id: ['t1'],
      text: 'pod',
      sort: [{ by: 'created_at', desc: true }],
    });
  });

  it('turns a period into a time that stands still within a minute', () => {
    const at = (now: number) => toQuery(read('since=1h'), 'own', now).created_from;
    expect(at(7_200)).toBe(3_600);
    expect(at(7_259)).toBe(3_600);
    expect(at(7_260)).toBe(3_660);
  });

  it('prefers the period to fixed times', () => {
    const query = toQuery(read('since=1h&from=2020-01-01T00:00:00Z&to=2020-01-02T00:00:00Z'), 'own', 7_200);
    expect(query.created_from).toBe(3_600);
    expect(query).not.toHaveProperty('created_to');
  });
});

describe('clicks', () => {
  it('on a value put it in and take it out, and the last one out leaves no trace', () => {
    const one = toggleValue(NO_FILTER, 'status', 'failed');
    const two = toggleValue(one, 'status', 'running');
    expect(two.sets.status).toEqual(['failed', 'running']);
    expect(toggleValue(toggleValue(two, 'status', 'failed'), 'status', 'running')).toEqual(NO_FILTER);
  });

  it('on a header go descending, ascending, default', () => {
    const first = nextSort(DEFAULT_SORT, 'cost_usd', false);
    const second = nextSort(first, 'cost_usd', false);
    expect([first, second, nextSort(second, 'cost_usd', false)]).toEqual([
      [{ by: 'cost_usd', desc: true }],
      [{ by: 'cost_usd', desc: false }],
      DEFAULT_SORT,
    ]);
  });

  it('with shift add a column, turn it and take it away, keeping the others', () => {
    const base = nextSort([], 'status', true);
    const two = nextSort(base, 'model', true);
    expect(two.map((one) => one.by)).toEqual(['status', 'model']);
    const turned = nextSort(two, 'model', true);
    expect(turned[1]).toEqual({ by: 'model', desc: false });
    expect(nextSort(turned, 'model', true)).toEqual(base);
  });

  it('without shift on one of several sort by it alone', () => {
    const two = nextSort(nextSort([], 'status', true), 'model', true);
    expect(nextSort(two, 'model', false)).toEqual([{ by: 'model', desc: true }]);
  });
});
