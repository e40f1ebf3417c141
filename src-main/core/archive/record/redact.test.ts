import { describe, expect, it } from 'vitest';
import { redactRequest } from './redact.ts';

describe('redacting a request', () => {
  it('removes kubeconfig, tokens, environments and URL credentials at any depth', () => {
    const redacted = JSON.stringify(
      redactRequest({
        kubeconfig: 'apiVersion: v1\nusers: [{token: PLANTED}]',
        api_key: 'PLANTED',
        'access-key': 'PLANTED',
        apiKey: 'PLANTED',
        Authorization: 'Bearer PLANTED',
        backend_url: 'https://user:PLANTED@host:1/v1?key=PLANTED#PLANTED',
        env: { HOME_TOKEN: 'PLANTED', PLAIN: 'PLANTED' },
        steps: [{ headers: { 'X-A': 'PLANTED' }, tokens: ['PLANTED'], url: 'http://h/?sig=PLANTED' }],
      }),
    );
    expect(redacted).not.toContain('PLANTED');
    expect(redacted).toContain('https://host:1/v1');
    expect(redacted).toContain('HOME_TOKEN');
  });

  it('keeps questions and what merely sounds secret', () => {
    const request = {
      question: 'Why does https://user:pw@host/?token=1 fail?',
      max_output_tokens: 512,
      attestation_required: false,
      backend_url: 'http://127.0.0.1:11434/v1',
      kubeconfig: null,
      token: '',
      model: 'secretary:7b',
    };
    expect(redactRequest(request)).toEqual(request);
  });
});
