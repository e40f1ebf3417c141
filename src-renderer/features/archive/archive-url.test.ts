import { describe, expect, it } from 'vitest';
import {
  type ArchiveView,
  isNarrowed,
  NEWEST_FIRST,
  nextSort,
  parseView,
  prefixOf,
  toQuery,
  WHOLE_TARGET,
  writeView,
} from './archive-url.ts';

const FULL: ArchiveView = {
  tenants: ['acme', 'b & c'],
  kinds: ['benchmark'],
  from: '2026-01-01',
  to: '2026-01-31',
  text: 'a=b&c',
  onlyNew: true,
  shape: 'results',
  sort: [
    { by: 'size_bytes', desc: true },
    { by: 'key', desc: false },
  ],
  key: 'results/acme/benchmark/2026-01-02/ü?#.json',
};

describe('the view in the URL', () => {
  it('comes back as it went, whatever signs it holds', () => {
    expect(parseView(new URLSearchParams(writeView(FULL).toString()))).toEqual(FULL);
    expect(writeView(WHOLE_TARGET).toString()).toBe('');
    expect(parseView(new URLSearchParams())).toEqual(WHOLE_TARGET);
  });

  it('leaves out what has no meaning', () => {
    const odd =
      'from=2026-02-30&to=soon&new=1&shape=round&sort=-nothing,,date,date&tenant=&tenant=a&tenant=a';
    expect(parseView(new URLSearchParams(odd))).toEqual({
      ...WHOLE_TARGET,
      tenants: ['a'],
      sort: [{ by: 'date', desc: false }],
    });
  });

  it('is a query that names only what narrows', () => {
    expect(toQuery('folder', WHOLE_TARGET)).toEqual({ target: 'folder', sort: [{ by: 'date', desc: true }] });
    expect(toQuery('env', FULL)).toEqual({
      target: 'env',
      tenant: ['acme', 'b & c'],
      kind: ['benchmark'],
      date_from: '2026-01-01',
      date_to: '2026-01-31',
      text: 'a=b&c',
      shape: 'results',
      only_new: true,
      sort: [
        { by: 'size_bytes', desc: true },
        { by: 'key', desc: false },
      ],
    });
    expect(isNarrowed({ ...WHOLE_TARGET, key: 'k', sort: [{ by: 'key', desc: true }] })).toBe(false);
    expect(isNarrowed({ ...WHOLE_TARGET, onlyNew: true })).toBe(true);
  });
});

describe('sorting', () => {
  it('begins with a column own way round, turns it, and lets go', () => {
    const once = nextSort(NEWEST_FIRST, 'tenant', false);
    expect(once).toEqual([{ by: 'tenant', desc: false }]);
    const twice = nextSort(once, 'tenant', false);
    expect(twice).toEqual([{ by: 'tenant', desc: true }]);
    expect(nextSort(twice, 'tenant', false)).toEqual(NEWEST_FIRST);
    expect(nextSort(once, 'size_bytes', true)).toEqual([...once, { by: 'size_bytes', desc: true }]);
    expect(nextSort([...once, { by: 'size_bytes', desc: true }], 'key', false)).toEqual([
      { by: 'key', desc: false },
    ]);
  });
});

describe('the prefix that a filter lies below', () => {
  it('grows with one tenant, one kind and one day, in this order', () => {
    const one = { ...WHOLE_TARGET, tenants: ['acme'], kinds: ['benchmark'] };
    expect(prefixOf('results/', one)).toBe('results/acme/benchmark/');
    expect(prefixOf('results/', { ...one, from: '2026-01-01', to: '2026-01-01' })).toBe(
      'results/acme/benchmark/2026-01-01/',
    );
    expect(prefixOf('results/', { ...one, from: '2026-01-01', to: '2026-01-02' })).toBe(
      'results/acme/benchmark/',
    );
    expect(prefixOf('results/', { ...one, kinds: [], from: '2026-01-01', to: '2026-01-01' })).toBe(
      'results/acme/',
    );
    expect(prefixOf('p/', { ...WHOLE_TARGET, kinds: ['benchmark'] })).toBe('p/');
  });
  it('never guesses how a key spells a name', () => {
    expect(prefixOf('results/', { ...WHOLE_TARGET, tenants: ['a b'] })).toBe('results/');
    expect(prefixOf('results/', { ...WHOLE_TARGET, tenants: ['..'] })).toBe('results/');
    expect(prefixOf('results/', { ...WHOLE_TARGET, tenants: ['a', 'b'] })).toBe('results/');
  });
});
