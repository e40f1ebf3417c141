import { describe, expect, it } from 'vitest';
import { paths } from './routes.ts';
import { type BandsPlace, parseBandsPlace, parseDiffPlace } from './trace-links.ts';

const queryOf = (path: string): URLSearchParams => new URLSearchParams(path.slice(path.indexOf('?') + 1));

const archived = {
  source: 'archive:s3 main/prod:a/b?c&d=%2F.json',
  job_id: '00000000-0000-4000-a000-000000000001',
};
const own = { source: 'own', job_id: 'job/with slash,and % sign' };

describe('a link to two traces', () => {
  it('brings back both jobs, of archives and stores alike', () => {
    expect(parseDiffPlace(queryOf(paths.diff(archived, own)))).toEqual({ a: archived, b: own });
  });

  it('names no job where it has none', () => {
    expect(parseDiffPlace(new URLSearchParams('a=own/&b=%25E0%25A4%25A'))).toEqual({ a: null, b: null });
    expect(parseDiffPlace(new URLSearchParams(''))).toEqual({ a: null, b: null });
  });
});

describe('a link to many traces', () => {
  it('brings back jobs by id, of several sources', () => {
    const place: BandsPlace = {
      title: 'bedrock, 3 jobs',
      jobs: [{ source: 'own', job_id: 'a' }, { source: 'own', job_id: 'b' }, archived],
    };
    expect(parseBandsPlace(queryOf(paths.bands(place)))).toEqual(place);
  });

  it('brings back a filter', () => {
    const place: BandsPlace = {
      sources: ['own', 'store:/data/rune.db'],
      where: {
        backend_type: ['ollama', ''],
        status: ['succeeded'],
        text: 'a&b',
        created_from: 1_790_000_000,
        demo: true,
      },
    };
    expect(parseBandsPlace(queryOf(paths.bands(place)))).toEqual(place);
  });

  it('is every job of this computer where it says nothing', () => {
    expect(parseBandsPlace(new URLSearchParams('from=yesterday'))).toEqual({ sources: ['own'], where: {} });
    expect(parseBandsPlace(new URLSearchParams('jobs=nothing'))).toEqual({ jobs: [] });
  });
});
