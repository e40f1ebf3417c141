import { describe, expect, it } from 'vitest';
import { EXTERNAL, OWN, remoteSource } from '#shared/model/source.ts';
import { lacks, newJobAt, remoteIdOf, runsJobs } from './sources.ts';

const ALL = { recorded_starts: true, recorded_parents: true, live: true, cancel: true, estimates: true };

describe('a source', () => {
  it('runs jobs where it is this computer or a remote', () => {
    expect([OWN, remoteSource('team'), EXTERNAL, 'store-1'].map(runsJobs)).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(remoteIdOf(remoteSource('team'))).toBe('team');
    expect(remoteIdOf(OWN)).toBeNull();
  });

  it('leads to a form for jobs there', () => {
    expect(newJobAt(OWN)).toBe('/new');
    expect(newJobAt('store-1')).toBe('/new');
    expect(newJobAt(remoteSource('team'))).toBe('/new?at=remote%3Ateam');
  });

  it('says what it lacks, and the own store lacks nothing', () => {
    const nothing = {
      recorded_starts: false,
      recorded_parents: false,
      live: false,
      cancel: false,
      estimates: false,
    };
    expect(lacks({ kind: 'own', provides: nothing })).toEqual([]);
    expect(lacks({ kind: 'store', provides: ALL })).toEqual([]);
    expect(lacks({ kind: 'file', provides: nothing })).toEqual([
      'starts and nesting of spans are inferred',
      'not live',
      'no estimates',
    ]);
  });
});
