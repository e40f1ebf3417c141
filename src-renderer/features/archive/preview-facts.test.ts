import { describe, expect, it } from 'vitest';
import type { JsonObject } from '#shared/model/job.ts';
import { previewFacts } from './preview-facts.ts';

const of = (members: JsonObject) =>
  previewFacts({ key: 'k', size_bytes: 1, last_modified: 0, etag: null, members, partial: true });

describe('what a preview says', () => {
  it('of a result as it is written now', () => {
    const facts = of({
      job_id: 'j-1',
      status: 'succeeded',
      kind: 'benchmark',
      tenant_id: 'acme',
      created_at: 100,
      started_at: 101,
      updated_at: 103.5,
      actual_cost: 0.0034,
      request: { agent: 'prompt', model: 'demo', question: 'Why?' },
      result: { answer: 'Because.' },
      sha256: 'ab',
      demo: true,
    });
    expect(facts).toMatchObject({
      status: 'succeeded',
      jobId: 'j-1',
      question: 'Why?',
      answer: 'Because.',
      demo: true,
    });
    expect(facts.facts.map((fact) => `${fact.name} ${fact.value}`)).toEqual([
      'kind benchmark',
      'tenant acme',
      'agent prompt',
      'model demo',
      'duration 2.50 s',
      'cost $0.0034',
    ]);
    expect(facts.times.map(({ at }) => at)).toEqual([100, 101, 103.5]);
  });
  it('of an older one, with times as text and other names', () => {
    const facts = of({
      id: 'j',
      tenant: 't',
      created_at: '2026-01-01T00:00:00Z',
      error: 'It broke.',
      result: 'text',
    });
    expect(facts).toMatchObject({ jobId: 'j', answer: 'text', error: { code: null, message: 'It broke.' } });
    expect(facts.times).toEqual([{ name: 'created', at: 1_767_225_600 }]);
    expect(facts.facts).toEqual([{ name: 'tenant', value: 't' }]);
  });
  it('of one that says nothing, nothing: no cost is not $0', () => {
    expect(of({ actual_cost: null, request: [], result: null })).toMatchObject({
      facts: [],
      times: [],
      error: null,
    });
  });
});
