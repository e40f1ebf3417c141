import { describe, expect, it } from 'vitest';
import type { ArchiveTargetInfo, OutboxEntry } from '#shared/model/archive.ts';
import {
  deliveryWords,
  entryState,
  fieldProblems,
  isAllMarked,
  pageWords,
  resultsWords,
  targetTone,
  untilWords,
} from './archive-words.ts';
import { S3_FIELDS, type S3Target, targetOfForm } from './s3-target-draft.ts';

const target = (part: Partial<ArchiveTargetInfo>): ArchiveTargetInfo => ({
  target: 't',
  kind: 's3',
  title: 'T',
  place: 's3://b/results/',
  prefix: 'results/',
  from: 'settings',
  delivers: true,
  presigns: true,
  versions: false,
  pending: 0,
  refused: 0,
  delivered: 0,
  down: null,
  ...part,
});
const entry = (last_error: OutboxEntry['last_error'], refused = false): OutboxEntry => ({
  id: 1,
  job_id: 'j',
  target: 't',
  key: 'k',
  size_bytes: 1,
  sha256: 'f',
  created_at: 1,
  attempts: 1,
  next_attempt_at: 2,
  last_error,
  refused,
});

describe('the state of a target', () => {
  it('counts what waits apart from what was refused', () => {
    expect(deliveryWords(target({ delivered: 1204, pending: 4, refused: 1 }))).toBe(
      '1,204 delivered, 3 waiting, 1 refused',
    );
    expect(deliveryWords(target({}))).toBe('0 delivered');
    expect(deliveryWords(target({ kind: 'missing', pending: 2 }))).toBe('2 waiting');
  });
  it('is trouble when it is down, refuses, or is no longer there', () => {
    const down = { failure: { code: 'archive.unreachable', message: 'x' }, next_attempt_at: 3 } as const;
    expect(targetTone(target({ down }))).toBe('trouble');
    expect(targetTone(target({ pending: 1, refused: 1 }))).toBe('trouble');
    expect(targetTone(target({ kind: 'missing', pending: 1 }))).toBe('trouble');
    expect(targetTone(target({ pending: 1 }))).toBe('waiting');
    expect(targetTone(target({ delivered: 9 }))).toBe('plain');
  });
  it.each([
    [9, 'now'],
    [10, 'now'],
    [24.2, 'in 15 s'],
    [210, 'in 3 m 20 s'],
    [7330, 'in 2 h 02 m'],
  ])('next try at %d, seen at 10, is %s', (at, words) => expect(untilWords(at, 10)).toBe(words));
});

describe('the outbox', () => {
  it('tells a refusal from a failure that will be tried again', () => {
    expect(entryState(entry(null))).toBe('waiting');
    expect(entryState(entry({ code: 'archive.unreachable', message: 'x' }))).toBe('failed');
    expect(entryState(entry({ code: 'archive.conflict', message: 'x' }, true))).toBe('refused');
  });
  it('names amounts', () => {
    expect(resultsWords(1)).toBe('1 result');
    expect(resultsWords(1234)).toBe('1,234 results');
    expect(pageWords(50, 50, 1204)).toBe('51 to 100 of 1,204');
    expect(pageWords(0, 0, 0)).toBe('none');
  });
});

describe('fieldProblems', () => {
  const message =
    'The input is not valid. archive.targets.0.bucket: is no bucket name; archive.targets.1.bucket: is no bucket name; archive.targets.1.prefix: must end with "/" and not begin with it.';
  it("finds what the engine says of one target's fields", () => {
    expect(fieldProblems(message, 1)).toEqual({
      bucket: 'is no bucket name',
      prefix: 'must end with "/" and not begin with it',
    });
    expect(fieldProblems(message, 0)).toEqual({ bucket: 'is no bucket name' });
  });
  it('takes the words of a test of one form', () => {
    expect(fieldProblems('The input is not valid. setting.endpoint: Invalid URL.', 4)).toEqual({
      endpoint: 'Invalid URL',
    });
  });
  it('knows whether it found all that is said', () => {
    const one = 'The input is not valid. archive.targets.1.bucket: is no bucket name.';
    expect(isAllMarked(one, fieldProblems(one, 1))).toBe(true);
    expect(isAllMarked(one, fieldProblems(one, 0))).toBe(false);
    expect(isAllMarked(message, fieldProblems(message, 1))).toBe(false);
    const other = `${one.slice(0, -1)}; jobs.timeout: is too large.`;
    expect(isAllMarked(other, fieldProblems(other, 1))).toBe(false);
  });
  it('finds nothing in another sentence', () => {
    expect(fieldProblems('The disk is full.', 0)).toEqual({});
  });
});

describe('targetOfForm', () => {
  const bare: S3Target = {
    id: 'a',
    name: ' Archive ',
    delivers: true,
    bucket: ' b ',
    prefix: 'runs/2026',
    endpoint: ' ',
    region: '',
    path_style: null,
    checksums: 'when_required',
    access_key_id: ' ',
    secret_access_key_secret: 'S3_KEY',
    session_token_secret: null,
  };
  it('takes blanks for nothing, and ends a prefix', () => {
    expect(targetOfForm(bare)).toEqual({
      ...bare,
      name: 'Archive',
      bucket: 'b',
      prefix: 'runs/2026/',
      endpoint: null,
      region: null,
      access_key_id: null,
      secret_access_key_secret: null,
    });
  });
  it('leaves what it does not understand to the engine', () => {
    expect(targetOfForm({ ...bare, prefix: '/x' }).prefix).toBe('/x/');
    expect(targetOfForm({ ...bare, prefix: '' }).prefix).toBe('results/');
  });
  it('keeps the secrets of a key id', () => {
    const kept = targetOfForm({ ...bare, access_key_id: 'AK', session_token_secret: 'TOKEN' });
    expect(kept.secret_access_key_secret).toBe('S3_KEY');
    expect(kept.session_token_secret).toBe('TOKEN');
  });
  it('has a field on the form for all that can be wrong', () => {
    expect(Object.keys(bare).filter((name) => !(S3_FIELDS as readonly string[]).includes(name))).toEqual([
      'id',
    ]);
  });
});
