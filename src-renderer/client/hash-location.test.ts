import { describe, expect, it } from 'vitest';
import { splitHash, undecoded } from './hash-location.ts';
import { decodedPart, paths, sourceOfPath } from './routes.ts';

describe('the hash', () => {
  it('is a path and a query, with or without its signs', () => {
    expect(splitHash('#/s/own/jobs?status=failed')).toEqual({ path: '/s/own/jobs', query: 'status=failed' });
    expect(splitHash('')).toEqual({ path: '/', query: '' });
    expect(splitHash('settings')).toEqual({ path: '/settings', query: '' });
    expect(splitHash('#/new?q=a?b')).toEqual({ path: '/new', query: 'q=a?b' });
  });
});

describe('paths', () => {
  it('hold ids with any sign', () => {
    const path = paths.job('store-1', 'a/b?c#d', '0123456789abcdef');
    expect(path).toBe('/s/store-1/jobs/a%2Fb%3Fc%23d?span=0123456789abcdef');
    expect(sourceOfPath(path)).toBe('store-1');
  });

  it('come back whole from a router that decodes them once', () => {
    for (const id of ['100%', '%2f', '%252f', 'a/b', '?#', 'ü "<b>"', '..']) {
      const part = paths.job('own', id).split('/').at(-1) ?? '';
      expect(decodedPart(decodeURI(undecoded(part))), id).toBe(id);
    }
  });

  it('that cannot be decoded stand as they are', () => {
    expect(sourceOfPath('/s/%zz/jobs')).toBe('%zz');
    expect(decodedPart('%c3%28')).toBe('%c3%28');
  });

  it('that name no source mean the own store', () => {
    expect(sourceOfPath('/settings')).toBe('own');
  });
});
