import { describe, expect, it } from 'vitest';
import { archivedSource } from '#shared/model/source.ts';
import { compareFrom, paths } from './routes.ts';

describe('the way to Compare', () => {
  it('takes the source of the view along', () => {
    expect(compareFrom(paths.jobs('store-1'))).toBe('/compare?source=store-1');
    expect(compareFrom(paths.job('imported', 'j'))).toBe('/compare?source=imported');
  });

  it('leaves out the own store, which is meant anyway, and archived results, which are one job each', () => {
    expect(compareFrom(paths.jobs())).toBe('/compare');
    expect(compareFrom(paths.settings())).toBe('/compare');
    expect(compareFrom(paths.job(archivedSource('env', 'results/a.json'), 'j'))).toBe('/compare');
  });
});
