import { describe, expect, it } from 'vitest';
import { madeObject } from '#core/testing/result-records.ts';
import { CodedError } from '#shared/model/failure.ts';
import { canonicalJson } from './canonical.ts';
import { readRecord } from './read-record.ts';
import { toEpoch } from './read-times.ts';

const read = (value: unknown) =>
  readRecord(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)));
const codeOf = (bytes: Uint8Array): unknown => {
  try {
    readRecord(bytes);
  } catch (thrown) {
    return thrown instanceof CodedError ? thrown.code : thrown;
  }
  return 'was read';
};

describe('reading a result', () => {
  it('gives back what was written, byte for byte', () => {
    const { body, sha256 } = madeObject();
    const result = readRecord(body);
    expect(Buffer.from(canonicalJson(result.record)).equals(body)).toBe(true);
    expect(result).toMatchObject({ is_ours: true, sha256, notes: [] });
    expect(result.view).toMatchObject({
      job_id: '3f0c1a52-7b11-4c7e-9d0e-0a4f6b2c8d11',
      tenant_id: 'acme',
      kind: 'agentic-agent',
      actual_cost: 0.000_123_456_789,
      updated_at: 1_795_362_003,
    });
  });

  it('keeps members that it does not know, and those named like parts of JavaScript', () => {
    const text =
      '{"__proto__":{"polluted":1},"a":[{"__proto__":2}],"constructor":{"prototype":3},"job_id":"j","later":{"b":null},"toString":4}';
    const { record } = readRecord(Buffer.from(text));
    expect(canonicalJson(record)).toBe(text);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it("reads upstream's bare record, and says what was mapped", () => {
    const { view, is_ours, notes } = read({
      id: 'j1',
      tenant: 'blue',
      kind: 'benchmark',
      status: 'succeeded',
      result: { answer: 'a' },
      created_at: '1777000000.5',
      updated_at: '2026-04-24T03:06:50.250000',
    });
    expect(is_ours).toBe(false);
    expect(view).toMatchObject({
      job_id: 'j1',
      tenant_id: 'blue',
      created_at: 1_777_000_000.5,
      updated_at: Date.UTC(2026, 3, 24, 3, 6, 50, 250) / 1000,
      started_at: null,
      request: null,
      spans: [],
    });
    expect(notes.join('\n')).toContain('job_id: taken from "id"');
    expect(notes.join('\n')).toContain('tenant_id: taken from "tenant"');
    expect(notes.join('\n')).toContain('names no schema');
  });

  it('says which members contradict each other or cannot be read', () => {
    const { view, notes } = read({
      job_id: 'a',
      id: 'b',
      created_at: 'soon',
      spans: 'none',
      status: 'success',
    });
    expect(view).toMatchObject({
      job_id: 'a',
      tenant_id: 'default',
      kind: 'unknown',
      created_at: 0,
      spans: [],
    });
    const said = notes.join('\n');
    for (const part of [
      '"b" contradicts "job_id"',
      'created_at: "soon" cannot',
      'spans: is no list',
      'times:',
    ])
      expect(said).toContain(part);
  });

  it.each([
    [1_777_000_000.25, 1_777_000_000.25],
    ['1777000000', 1_777_000_000],
    [1_777_000_000_250, 1_777_000_000.25],
    ['2026-04-24', Date.UTC(2026, 3, 24) / 1000],
    ['2026-04-24 03:06:40', Date.UTC(2026, 3, 24, 3, 6, 40) / 1000],
    ['2026-04-24T05:06:40+02:00', Date.UTC(2026, 3, 24, 3, 6, 40) / 1000],
    ['2026-04-24T03:06:40.250500Z', Date.UTC(2026, 3, 24, 3, 6, 40, 250) / 1000 + 0.0005],
    ['soon', null],
    ['', null],
    ['2026-99-99', null],
    [-1, null],
    [Number.MAX_VALUE, null],
    [true, null],
    [{}, null],
  ])('takes %j for the time %j', (given, epoch) => {
    const time = toEpoch(given);
    if (epoch === null) expect(time).toBeNull();
    else expect(time).toBeCloseTo(epoch, 6);
  });

  it.each([
    ['nothing', Buffer.alloc(0), 'archive.not_json'],
    ['bytes that are no text', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22]), 'archive.not_json'],
    ['a text that breaks off', madeObject().body.subarray(0, 500), 'archive.not_json'],
    ['another text', Buffer.from('hello'), 'archive.not_json'],
    [
      'deep JSON',
      Buffer.from(`{"job_id":"j","a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`),
      'archive.not_json',
    ],
    ['a list', Buffer.from('[{"job_id":"j"}]'), 'archive.not_a_result'],
    ['null', Buffer.from('null'), 'archive.not_a_result'],
    ['an object without an id', Buffer.from('{"status":"succeeded"}'), 'archive.not_a_result'],
    ['an id that is inherited only', Buffer.from('{"__proto__":{"job_id":"j"}}'), 'archive.not_a_result'],
    ['an id that is no text', Buffer.from('{"job_id":{"a":1}}'), 'archive.not_a_result'],
  ])('refuses %s', (_, bytes, code) => expect(codeOf(bytes)).toBe(code));

  it("reads Python's NaN as unknown, and says so", () => {
    const { record, notes } = read('{"id": "j", "ratio": NaN}');
    expect(record.ratio).toBeNull();
    expect(notes.join('\n')).toContain('1 numbers that are not finite');
  });
});

describe('a job id', () => {
  it('by which no job could be asked for makes a record no result', () => {
    const read = (id: string) => readRecord(Buffer.from(JSON.stringify({ id })));
    expect(read('x'.repeat(128)).view.job_id).toHaveLength(128);
    expect(() => read('x'.repeat(129))).toThrow('its job_id has 129 characters');
  });
});
