import { describe, expect, it } from 'vitest';
import type { ArchiveTargetInfo } from '#shared/model/archive.ts';
import { nameOf, readJump, uriOf } from './jump.ts';

const target = (some: Partial<ArchiveTargetInfo>): ArchiveTargetInfo => ({
  target: 'env',
  kind: 's3',
  title: 'runs',
  place: 's3://runs/results/ at http://127.0.0.1:8333',
  prefix: 'results/',
  from: 'environment',
  delivers: true,
  presigns: true,
  versions: false,
  pending: 0,
  refused: 0,
  delivered: 0,
  down: null,
  ...some,
});
const S3 = target({});
const FOLDER = target({ target: 'folder', kind: 'folder', place: '/home/me/archive', presigns: false });
const ALL = [FOLDER, S3];
const KEY = 'results/acme/benchmark/2026-01-02/j-1.json';

describe('what was typed to jump', () => {
  it('is an id, with or without the ending', () => {
    expect(readJump('  j-1 ', S3, ALL)).toEqual({ kind: 'id', jobId: 'j-1' });
    expect(readJump('j-1.json', S3, ALL)).toEqual({ kind: 'id', jobId: 'j-1' });
    expect(readJump('  ', S3, ALL)).toEqual({ kind: 'nothing' });
  });
  it('is a key of this target, or a URI or path of the one it names', () => {
    expect(readJump(KEY, S3, ALL)).toEqual({ kind: 'key', target: 'env', key: KEY });
    expect(readJump(`s3://runs/${KEY}`, FOLDER, ALL)).toEqual({ kind: 'key', target: 'env', key: KEY });
    expect(readJump(`/home/me/archive/${KEY}`, S3, ALL)).toEqual({ kind: 'key', target: 'folder', key: KEY });
    expect(readJump(`s3://other/${KEY}`, S3, ALL)).toMatchObject({ kind: 'elsewhere' });
  });
  it('finds its way back from the URI it gives out', () => {
    for (const one of ALL) {
      expect(readJump(uriOf(one, KEY), S3, ALL)).toEqual({ kind: 'key', target: one.target, key: KEY });
    }
    const inside = target({ ...FOLDER, place: '/data/results/' });
    expect(uriOf(inside, KEY)).toBe(`/data/${KEY}`);
  });
});

it('names a result by the last part of its key', () => {
  expect(nameOf(KEY)).toBe('j-1');
  expect(nameOf('readme.txt')).toBe('readme.txt');
  expect(nameOf('a/b/')).toBe('a/b/');
});
