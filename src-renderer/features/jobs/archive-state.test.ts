import { describe, expect, it } from 'vitest';
import type { ArchiveTargetInfo, JobArchiveState } from '#shared/model/archive.ts';
import { archiveSummary, whyNotArchived } from './archive-state.ts';

const at = (target: string, delivered: boolean, failed = false): JobArchiveState => ({
  target,
  key: 'k',
  sha256: 'f',
  delivered_at: delivered ? 1 : null,
  attempts: failed ? 2 : 0,
  last_error: failed ? { code: 'archive.unreachable', message: 'no answer' } : null,
});
const title = (target: string): string => target.toUpperCase();

describe('archiveSummary', () => {
  it('names where the result is', () => {
    expect(archiveSummary([at('a', true), at('b', true)], title)).toEqual({ tone: 'plain', text: 'A, B' });
    expect(archiveSummary([at('a', true), at('b', true), at('c', true)], title).text).toBe('3 targets');
  });
  it('says what waits before what is done, and whether it was refused', () => {
    expect(archiveSummary([at('a', true), at('b', false)], title)).toEqual({
      tone: 'waiting',
      text: 'waiting for B (1 of 2 delivered)',
    });
    expect(archiveSummary([at('b', false, true)], title).tone).toBe('trouble');
  });
  it('says when it is nowhere', () => {
    expect(archiveSummary([], title).text).toBe('not archived');
  });
});

describe('whyNotArchived', () => {
  const target = (delivers: boolean): ArchiveTargetInfo => ({ delivers }) as ArchiveTargetInfo;
  it('blames the setting that explains it', () => {
    expect(whyNotArchived({ status: 'succeeded' }, { unsuccessful: false }, [target(false)])).toMatch(
      /No archive target/,
    );
    expect(whyNotArchived({ status: 'failed' }, { unsuccessful: false }, [target(true)])).toMatch(
      /failed are/,
    );
    expect(whyNotArchived({ status: 'cancelled' }, { unsuccessful: false }, [target(true)])).toMatch(
      /were cancelled/,
    );
  });
  it('claims nothing that the settings of today do not show', () => {
    expect(whyNotArchived({ status: 'succeeded' }, { unsuccessful: false }, [target(true)])).toMatch(
      /or its/,
    );
    expect(whyNotArchived({ status: 'failed' }, undefined, undefined)).toMatch(/or its/);
  });
});
