import { describe, expect, it } from 'vitest';
import type { Check, Verification } from '#shared/model/archive.ts';
import {
  bytesCanBeHad,
  checksWords,
  fileNameOf,
  nextStep,
  previewFacts,
  valueText,
  verdictWords,
} from './archived-words.ts';

const check = (ok: boolean | null, message = 'm'): Check => ({ name: 'hash', ok, code: null, message });
const found = (verdict: Verification['verdict'], checks: readonly Check[] = []): Verification => ({
  key: 'results/a/b/2026-01-01/c.json',
  verdict,
  checked_at: 1,
  size_bytes: 1,
  bytes_sha256: null,
  recorded_sha256: null,
  checks,
});

describe('words about an archived result', () => {
  it('says the verdict, and of a failure what failed first and how much more', () => {
    expect(verdictWords(found('unchanged'))).toBe('unchanged since written');
    expect(verdictWords(found('unsealed'))).toBe('no hash recorded');
    expect(verdictWords(found('failed', [check(true), check(false, 'the hash differs')]))).toBe(
      'FAILED: the hash differs',
    );
    expect(
      verdictWords(found('failed', [check(false, 'a'), check(null), check(false, 'b'), check(false, 'c')])),
    ).toBe('FAILED: a (and 2 more)');
  });

  it('counts checks without calling a remark passed', () => {
    expect(checksWords([check(true), check(true), check(null)])).toBe('2 passed, 1 remark');
    expect(checksWords([check(false), check(true), check(null), check(null)])).toBe(
      '1 failed, 1 passed, 2 remarks',
    );
  });

  it('knows what can be done about a result that does not open', () => {
    expect(nextStep('archive.not_found')).toMatch(/list the archive again/);
    expect(nextStep('internal')).toBeUndefined();
    expect(bytesCanBeHad('archive.not_json')).toBe(true);
    expect(bytesCanBeHad('archive.not_found')).toBe(false);
  });
});

describe('previewFacts', () => {
  it('reads our record', () => {
    expect(
      previewFacts({
        demo: true,
        status: 'failed',
        kind: 'benchmark',
        tenant_id: 'acme',
        tenant: 'old',
        started_at: null,
        created_at: 10,
        updated_at: 20.5,
        actual_cost: 0,
        request: { agent: 'holmes', model: 'm', backend_type: 'openai', question: 'why?' },
      }),
    ).toEqual({
      demo: true,
      status: 'failed',
      kind: 'benchmark',
      agent: 'holmes',
      model: 'm',
      backendType: 'openai',
      tenant: 'acme',
      question: 'why?',
      startedAt: 10,
      endedAt: 20.5,
      costUsd: 0,
    });
  });

  it("reads RUNE's text times as UTC, with and without a zone", () => {
    expect(previewFacts({ updated_at: '2026-01-02 03:04:05' }).endedAt).toBe(1_767_323_045);
    expect(previewFacts({ updated_at: '2026-01-02T04:04:05+01:00' }).endedAt).toBe(1_767_323_045);
  });

  it('says nothing of members that are missing or of another shape', () => {
    expect(
      previewFacts({ status: 7, request: ['agent'], updated_at: 'yesterday', actual_cost: '1' }),
    ).toEqual({
      demo: false,
      status: null,
      kind: null,
      agent: null,
      model: null,
      backendType: null,
      tenant: null,
      question: null,
      startedAt: null,
      endedAt: null,
      costUsd: null,
    });
  });
});

describe('valueText', () => {
  it('tells a null from a member that is not there', () => {
    expect(valueText(undefined)).toBeNull();
    expect(valueText(null)).toEqual({ shown: 'null', whole: 'null' });
  });
  it('shortens what is long and keeps the whole for the clipboard', () => {
    const long = valueText('x'.repeat(1000));
    expect(long?.shown).toHaveLength(161);
    expect(long?.whole).toHaveLength(1002);
  });
});

describe('fileNameOf', () => {
  it.each([
    ['results/t/k/2026-01-01/job-1.json', 'job-1.json'],
    ['results/a:b?.json', 'a_b_.json'],
    ['results/..', 'result.json'],
    ['/', 'result.json'],
  ])('%s is saved as %s', (key, name) => expect(fileNameOf(key)).toBe(name));
});
