import { describe, expect, it } from 'vitest';
import { parseRequest } from '#shared/contract/requests.ts';
import { JOB_KINDS } from '#shared/model/job.ts';
import { readChain } from './chain-document.ts';
import { EMPTY_FORM, fieldProblems, formOfJob, type NewJobForm, requestOf } from './new-job-form.ts';

const filled: NewJobForm = {
  ...EMPTY_FORM,
  question: 'Why?',
  chain: readChain(EMPTY_FORM.chainText).request,
};

describe('the request of a form', () => {
  it.each(JOB_KINDS)('is one the engine takes: %s', (kind) => {
    expect(() => parseRequest(kind, requestOf({ ...filled, kind }))).not.toThrow();
  });

  it('leaves empty limits to the engine and an empty address to the demo', () => {
    expect(requestOf(filled)).toMatchObject({ backend_type: 'demo', backend_url: null });
    expect(requestOf(filled)).not.toHaveProperty('timeout');
    expect(requestOf({ ...filled, warmup: false })).not.toHaveProperty('backend_warmup_timeout');
  });

  it('passes on what is not a number, so that the engine says so at its field', () => {
    const request = requestOf({ ...filled, timeout: 'soon' });
    expect(() => parseRequest('agentic-agent', request)).toThrow(/timeout/);
  });
});

describe('a form for running a job again', () => {
  it('sends the same request, fields it does not show included', () => {
    const request = parseRequest('benchmark', {
      question: 'Why?',
      agent: 'holmes',
      model: 'm',
      backend_type: 'ollama',
      backend_url: 'http://127.0.0.1:11434',
      backend_warmup_timeout: 12,
      timeout: 99,
      kubeconfig: '/k',
      attestation_required: true,
      provisioning: { vastai: { max_dph: 2 } },
    });
    const again = requestOf(
      formOfJob({ kind: 'benchmark', tenant_id: 't', request: JSON.parse(JSON.stringify(request)) }),
    );
    expect(parseRequest('benchmark', again)).toEqual(request);
  });

  it('writes a chain as text, which makes the same request', () => {
    const request = parseRequest('chain', {
      model: 'm',
      backend_type: 'ollama',
      attestation_required: true,
      name: 'two',
      context: { pod: 'a' },
      steps: [
        { name: 'one', question_template: 'Why {pod}?' },
        { name: 'two', agent: 'holmes', question_template: 'And {one}?', dependencies: ['one'] },
      ],
    });
    const form = formOfJob({ kind: 'chain', tenant_id: 't', request: JSON.parse(JSON.stringify(request)) });
    expect(form.others).toEqual({});
    const again = requestOf({ ...form, chain: readChain(form.chainText).request });
    expect(parseRequest('chain', again)).toEqual(request);
  });

  it('runs there where it ran, if jobs can be run there', () => {
    const job = { kind: 'benchmark', tenant_id: 't', request: { provisioning: { vastai: { max_dph: 2 } } } };
    expect(formOfJob(job, 'store-1')).toMatchObject({ at: 'own', others: {} });
    // What a remote rents is chosen there.
    const there = formOfJob(job, 'remote:team');
    expect(there).toMatchObject({ at: 'remote:team', rental: null });
    expect(requestOf(there)).toMatchObject({ provisioning: { vastai: { max_dph: 2 } } });
  });

  it('takes a job without a request, or of an unknown kind, as an empty form', () => {
    expect(formOfJob({ kind: 'novel', tenant_id: 't', request: null })).toMatchObject({
      kind: 'agentic-agent',
      tenant: 't',
      question: '',
    });
  });

  it('drops fields of another kind when the kind is changed to an estimate', () => {
    const form = formOfJob({
      kind: 'benchmark',
      tenant_id: 't',
      request: { provisioning: null, question: 'Why?' },
    });
    expect(() => parseRequest('cost-estimate', requestOf({ ...form, kind: 'cost-estimate' }))).not.toThrow();
  });
});

describe('a refusal', () => {
  const refusal = (form: Partial<NewJobForm>): string => {
    try {
      parseRequest('agentic-agent', requestOf({ ...filled, ...form }));
    } catch (error) {
      return (error as Error).message;
    }
    return '';
  };

  it('is shown at each field it names', () => {
    const problems = fieldProblems(refusal({ question: '', warmupTimeout: '0' }));
    expect(problems.question).toBe('Is empty');
    expect(Object.keys(problems).sort()).toEqual(['question', 'warmupTimeout']);
  });

  it('about a credential is shown at the address', () => {
    const message = refusal({ backendType: 'ollama', backendUrl: 'http://u:p@host' });
    expect(fieldProblems(message).backendUrl).toMatch(/credential/);
  });

  it('about something else is shown at no field', () => {
    expect(fieldProblems('Agent "holmes" has no driver: set RUNE_HOLMES_DRIVER_CMD.')).toEqual({});
  });
});
