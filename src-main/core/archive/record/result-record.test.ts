import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import type { JobDetail } from '#shared/model/job.ts';
import { canonicalJson, cleanObject, sha256Hex } from './canonical.ts';
import {
  buildResultRecord,
  prepareOutboxEntry,
  type ResultRecord,
  recordSha256,
  resultJsonSchema,
  resultRecord,
  type SealedResult,
} from './result-record.ts';

const schemaFile = fileURLToPath(new URL('../../../../resources/rune-result-1.schema.json', import.meta.url));
const shipped = JSON.parse(readFileSync(schemaFile, 'utf8'));
const validates = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(shipped);

const JOB: JobDetail = {
  job_id: '3f0c1a52-7b11-4c7e-9d0e-0a4f6b2c8d11',
  tenant_id: 'acme',
  kind: 'agentic-agent',
  status: 'succeeded',
  demo: true,
  agent: 'prompt',
  backend_type: 'demo',
  provider_type: 'existing',
  model: 'demo',
  question: 'What is unhealthy?',
  message: 'job completed',
  error_code: null,
  created_at: 1_795_362_000.25,
  started_at: 1_795_362_000.5,
  finished_at: 1_795_362_003.75,
  updated_at: 1_795_362_003.75,
  queue_ms: 250,
  duration_ms: 3250,
  estimate_usd: 0.0004,
  cost_usd: 0.000_123_456_789,
  tokens_total: 91,
  span_count: 1,
  error_count: 0,
  suspected_failure: false,
  artifacts: [
    { artifact_id: 'a', kind: 'report', name: 'r.md', size_bytes: 3, sha256: 'a'.repeat(64), created_at: 1 },
  ],
  request: { question: 'token=abc', kubeconfig: 'apiVersion: v1', backend_url: null },
  result: { answer: 'cut off \ud83d', metadata: { ratio: 0.1 } },
  error: null,
  estimate: { projected_cost_usd: 0.0004, confidence_score: 0.6 },
  spans_recorded: true,
  notes: [],
};

const record = (job: Partial<JobDetail> = {}): ResultRecord => sealed(job).record;
const sealed = (job: Partial<JobDetail> = {}): SealedResult =>
  buildResultRecord({
    job: { ...JOB, ...job },
    spans: [
      {
        trace_id: '3f0c1a527b114c7e9d0e0a4f6b2c8d11',
        span_id: '00f067aa0ba902b7',
        parent_span_id: null,
        name: 'job.execute',
        start_time: 1_795_362_000.5,
        duration_ms: 3250.125,
        status: 'ok',
        error_type: null,
        attributes: { kind: 'agentic-agent' },
        inferred: false,
        lost: false,
      },
    ],
    events: [
      {
        id: 7,
        event: 'job.execute',
        status: 'ok',
        duration_ms: 3250.125,
        error_type: null,
        labels: { kind: 'agentic-agent' },
        recorded_at: 1_795_362_003.75,
      },
    ],
    environment: { app_version: '0.1.0', node: '24.21.0', platform: 'linux-x64', host_kind: 'cli' },
  });

describe('the canonical form', () => {
  it('is what RFC 8785 says, whether the members are in order or not', () => {
    const odd = { b: 1e21, a: [-0, 1.5e-7, 'é\u2028"', null], 10: 'x', 9: { z: true, '': false } };
    const text = '{"10":"x","9":{"":false,"z":true},"a":[0,1.5e-7,"é\u2028\\"",null],"b":1e+21}';
    expect(canonicalJson(odd)).toBe(text);
    expect(canonicalJson(cleanObject(odd))).toBe(text);
    const { 9: _nine, 10: _ten, ...named } = odd;
    expect(canonicalJson(named)).toBe(canonicalJson(cleanObject(named)));
    expect(JSON.stringify(cleanObject(named))).toBe(canonicalJson(named));
    expect(() => canonicalJson({ a: 'half \ud800' })).toThrow();
    expect(() => canonicalJson({ a: Number.NaN })).toThrow();
  });
});

describe('rune.result/1', () => {
  it('ships the JSON Schema that its zod schema says', () => {
    expect(shipped).toEqual(resultJsonSchema());
  });

  it.each([
    ['succeeded', {}],
    ['failed', { status: 'failed', result: null, error: { code: 'driver.exit', message: 'x', detail: 'y' } }],
    ['cancelled before it began', { status: 'cancelled', result: null, started_at: null, cost_usd: null }],
  ])('validates a job that %s', (_, job) => {
    const made = record(job);
    expect(validates(JSON.parse(canonicalJson(made as never)))).toBe(true);
    expect(validates.errors).toBeNull();
  });

  it('says the same in zod and in JSON Schema about every member that is missing or of a wrong type', () => {
    const good = JSON.parse(JSON.stringify(record({ error: { code: 'x', message: 'y' } })));
    let refused = 0;
    for (const broken of mutations(good)) {
      const zod = resultRecord.safeParse(broken.value).success;
      expect({ at: broken.at, ok: validates(broken.value) }).toEqual({ at: broken.at, ok: zod });
      if (!zod) refused++;
    }
    expect(refused).toBeGreaterThan(150);
  });

  it('refuses to record a job that has not ended', () => {
    expect(() => record({ status: 'running' })).toThrow(TypeError);
  });

  it('seals the record with the checksum of its canonical form without the checksum', () => {
    const { sha256, ...rest } = record();
    expect(sealed().body.toString('utf8')).toBe(canonicalJson(record() as never));
    expect(sha256).toBe(sha256Hex(canonicalJson(rest as never)));
    expect(recordSha256(record() as never)).toBe(sha256);
    expect(recordSha256({ ...(record() as never as object), message: 'other' })).not.toBe(sha256);
  });

  it('keeps a checksum that holds through writing, reading and unknown members', () => {
    const read = JSON.parse(prepareOutboxEntry(sealed()).body.toString('utf8'));
    expect(recordSha256(read)).toBe(read.sha256);
    const later = { ...read, later_member: { a: [1] } };
    expect(resultRecord.parse(later)).toEqual(later);
  });

  it('keeps keys that are names of JavaScript, and a checksum that holds with them', () => {
    const odd = JSON.parse('{"answer":"a","__proto__":{"b":1},"constructor":2,"n":{"__proto__":3}}');
    const { body } = prepareOutboxEntry(sealed({ result: odd, request: odd }));
    const read = JSON.parse(body.toString('utf8'));
    expect(recordSha256(read)).toBe(read.sha256);
    expect(JSON.stringify(read.result)).toContain('"__proto__":{"b":1}');
    expect(JSON.stringify(read.request)).toContain('"__proto__":{"b":1}');
    expect(JSON.stringify(read.result)).toContain('{"__proto__":3}');
  });

  it('keeps content as given, mends half characters and redacts what is secret', () => {
    const made = record();
    expect(made.request).toEqual({ question: 'token=abc', kubeconfig: '[redacted]', backend_url: null });
    expect(made.result).toMatchObject({ answer: 'cut off \ufffd' });
    expect(made.actual_cost).toBe(0.000_123_456_789);
    expect(made.updated_at).toBe(JOB.finished_at);
  });

  it('fixes key and bytes: the same record gives the same', () => {
    const [one, two] = [prepareOutboxEntry(sealed()), prepareOutboxEntry(sealed())];
    expect(one.key).toBe('results/acme/agentic-agent/2026-11-22/3f0c1a52-7b11-4c7e-9d0e-0a4f6b2c8d11.json');
    expect(one.body.equals(two.body)).toBe(true);
    expect(one.sha256).toBe(JSON.parse(one.body.toString()).sha256);
  });
});

/** Every member at any depth left out, and replaced by values of other types. */
function* mutations(value: unknown, at = ''): Generator<{ at: string; value: unknown }> {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, member] of Object.entries(value)) {
    const replace = (by: unknown) =>
      Array.isArray(value) ? value.with(Number(key), by) : { ...value, [key]: by };
    if (!Array.isArray(value)) {
      const { [key]: _, ...without } = value as Record<string, unknown>;
      yield { at: `${at}.${key} missing`, value: without };
    }
    for (const other of [null, 'text', '', -1, 1.5, true, [], {}])
      yield { at: `${at}.${key} = ${JSON.stringify(other)}`, value: replace(other) };
    for (const inner of mutations(member, `${at}.${key}`))
      yield { at: inner.at, value: replace(inner.value) };
  }
}
