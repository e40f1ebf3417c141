import { describe, expect, it } from 'vitest';
import { benchmarkRequest, parseRequest } from '#shared/contract/requests.ts';
import { EMPTY_FORM, formOfJob, requestOf } from './new-job-form.ts';
import { EMPTY_RENTAL, mostPerHour, type RentalForm, rentalOfRequest, rentalRequest } from './rental-form.ts';

const filled: RentalForm = {
  ...EMPTY_RENTAL,
  minDph: '0.1',
  maxDph: '$0.75',
  reliability: '99.1 %',
  gpuNames: ['RTX 4090', 'RTX 3090'],
};
const parsed = (rental: RentalForm) =>
  benchmarkRequest.parse({ provisioning: { vastai: rentalRequest(rental) } }).provisioning?.vastai;

describe('a machine in the form', () => {
  it('is one the engine takes, limits that are not given left out', () => {
    expect(parsed(filled)).toEqual({
      template_hash: '',
      min_dph: 0.1,
      max_dph: 0.75,
      reliability: 0.991,
      gpu_name: ['RTX 4090', 'RTX 3090'],
      stop_instance: true,
    });
    expect(rentalRequest(EMPTY_RENTAL)).toEqual({ stop_instance: true });
  });

  it('may be one offer, and outlive its job', () => {
    expect(rentalRequest({ ...EMPTY_RENTAL, offerId: 501, maxDph: '0.75', stops: false })).toEqual({
      offer_id: 501,
      max_dph: 0.75,
      stop_instance: false,
    });
  });

  it('comes back as it was sent, with what the form does not show', () => {
    const request = parseRequest('benchmark', {
      backend_type: 'ollama',
      provisioning: { vastai: { ...rentalRequest(filled), template_hash: 'abc', disk_gb: 80 } },
    });
    const form = formOfJob({
      kind: 'benchmark',
      tenant_id: 't',
      request: JSON.parse(JSON.stringify(request)),
    });
    expect(form.rental).toMatchObject({ maxDph: '0.75', reliability: '99.1', stops: true });
    expect(parseRequest('benchmark', requestOf(form))).toEqual(request);
  });

  it('is none where the request rents none', () => {
    for (const provisioning of [undefined, null, {}, { vastai: null }, 'vastai', []])
      expect(rentalOfRequest(provisioning)).toBeNull();
  });

  it('goes with the kinds that can rent, and with no other', () => {
    const form = { ...EMPTY_FORM, question: 'Why?', rental: filled };
    expect(requestOf({ ...form, kind: 'llm-instance' })).toHaveProperty('provisioning.vastai.max_dph', 0.75);
    for (const kind of ['agentic-agent', 'cost-estimate'] as const) {
      const request = requestOf({ ...form, kind });
      expect(request).not.toHaveProperty('provisioning');
      expect(() => parseRequest(kind, request)).not.toThrow();
    }
  });

  it('passes on what is not a number, so that the engine says so', () => {
    expect(() => parsed({ ...filled, maxDph: 'little' })).toThrow(/max_dph/);
  });
});

describe('what an hour may cost at most', () => {
  it.each([
    [0.36, 0.378],
    [0.1, 0.105],
    [0.333_33, 0.35],
    [2, 2.1],
  ])('is 5 %% above what was quoted, never below: %f', (quoted, most) => {
    expect(mostPerHour(quoted)).toBe(most);
    expect(mostPerHour(quoted)).toBeGreaterThanOrEqual(quoted * 1.05 - 1e-9);
  });
});
