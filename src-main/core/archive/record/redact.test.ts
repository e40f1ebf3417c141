import { describe, expect, it } from 'vitest';
import { redactText } from '#shared/lib/redact-text.ts';
import type { JsonObject } from '#shared/model/job.ts';
import { createRedactor, secretValuesOf } from './redact.ts';

const { request: redactRequest, result: redactResult, value: redactValue } = createRedactor();
/** Put together here, so that nobody takes them for real ones. */
const join = (...parts: string[]): string => parts.join('');
const TAIL = 'PLANTED0123456789abcdefPLANTED';
const SHAPES: readonly string[] = [
  join('sk-', TAIL),
  join('sk-proj-', TAIL),
  join('AKIA', 'PLANTED012345678'),
  join('ghp_', TAIL),
  join('github_pat_', TAIL),
  join('xoxb-', '123456-PLANTED'),
  join('hf_', TAIL),
  join('eyJhbGciOiJIUzI1NiJ9', '.eyJQTEFOVEVE', '.', TAIL),
  join('-----BEGIN RSA ', 'PRIVATE KEY-----\nPLANTED\nPLANTED\n-----END RSA ', 'PRIVATE KEY-----'),
];
const KUBECONFIG = `apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: https://10.0.0.1}}]
users:
- name: me
  user: {username: PLANTED, client-certificate-data: PLANTED}
`;

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

describe('redacting a result', () => {
  it('removes the same from everything but the answer', () => {
    const answer = `Set the header "Authorization: Bearer ${TAIL}" and ${KUBECONFIG}`;
    const redacted = redactResult({
      answer,
      metadata: {
        tool_calls: [
          { output: `curl -H 'X-Api-Key: PLANTED-1' https://me:PLANTED@host/?sig=PLANTED&page=2` },
        ],
        environ: { A: 'PLANTED' },
        usage: { tokens: { input: 20, output: 12 }, total_tokens: 32 },
        dumped: KUBECONFIG,
        as_json: `{"apiVersion":"v1","clusters":[],"users":[{"user":{"username":"PLANTED"}}]}`,
      },
    });
    expect(redacted.answer).toBe(answer);
    expect(JSON.stringify(redacted.metadata)).not.toContain('PLANTED');
    expect(redacted.metadata).toMatchObject({
      tool_calls: [{ output: expect.stringMatching(/host\/\?sig=\[redacted\]&page=2$/) }],
      usage: { tokens: { input: 20, output: 12 }, total_tokens: 32 },
    });
  });

  it('removes values that are known to be secret, whatever stands around them', () => {
    const secrets = secretValuesOf({
      FAKE_API_KEY: 'just-words',
      FAKE_TOKEN: 'just-words-and-more',
      HOME_KEY_FILE: '/home/me/key',
      AUTH_URL: 'http://127.0.0.1:9000',
      SHORT_TOKEN: 'abc',
      PLAIN: 'not secret at all',
    });
    const { value } = createRedactor(secrets);
    expect(
      value({ said: 'it is just-words-and-more, or just-words: not secret at all, see /home/me/key' }),
    ).toEqual({
      said: 'it is [redacted], or [redacted]: not secret at all, see /home/me/key',
    });
  });
});

describe('redacting a text', () => {
  it.each(SHAPES)('removes %s', (secret) => {
    expect(redactText(`before ${secret} after`)).toBe('before [redacted] after');
  });

  it.each([
    'Authorization: Basic UExBTlRFRDpQTEFOVEVE0=',
    'request failed with Bearer PLANTED-9',
    'GET /x\r\nCookie: session=PLANTED; other=PLANTED\r\n',
    '{"password": "PLANTED with spaces", "x": 1}',
    String.raw`{\"token\":\"PLANTED\"}`,
    'OPENAI_API_KEY=PLANTED kubectl get pods',
    'export DB_PASSWORD="PLANTED"',
    'sent Authorization: Bearer PLANTED.x to https://host/, token="PLANTED" and x-api-key: "PLANTED"',
    'client-key-data: PLANTED1',
    'curl --token PLANTED --verbose',
    'postgres://me:PLANTED@db:5432/x',
    'https://bucket.example/k?X-Amz-Credential=PLANTED&X-Amz-Signature=PLANTED',
    `cat config: ${KUBECONFIG}`,
  ])('removes the secret of %j', (text) => {
    const clean = redactText(text);
    expect(clean).not.toMatch(/PLANTED|UExBTlRFRD/);
    expect(clean).toContain('[redacted]');
  });

  it.each([
    'Used 512 tokens: 20 in, 492 out; max_tokens: 4096, token: 12',
    'A basic understanding of keys and tokens helps. See https://example.org/a?page=2#sec',
    'The pods, users and clusters are healthy.',
    'apiVersion: v1\nkind: Pod\nmetadata: {name: x}',
    'Set RUNE_HOLMES_DRIVER_CMD or the token in Settings.',
    'sha256:3f0c1a527b114c7e9d0e0a4f6b2c8d113f0c1a527b114c7e9d0e0a4f6b2c8d11',
  ])('keeps %j', (text) => {
    expect(redactText(text)).toBe(text);
  });

  it('takes no longer for texts made to make it slow', () => {
    // Of this process's own time: the machine may be busy with others.
    const started = process.cpuUsage();
    for (const unit of [
      'a-',
      'eyJ-',
      'key',
      'x://',
      '?a',
      'users: clusters: ',
      '-----BEGIN PRIVATE KEY-----',
      'bearer ',
      'token=',
    ])
      redactText(unit.repeat(200_000 / unit.length));
    expect(process.cpuUsage(started).user / 1000).toBeLessThan(3000);
  });

  it('leaves its own mark alone', () => {
    const once = redactText('token=PLANTED Authorization: Bearer PLANTED99 https://a:PLANTED@h');
    expect(redactText(once)).toBe(once);
  });

  it('walks deep values', () => {
    let deep: JsonObject = { token: 'PLANTED' };
    for (let i = 0; i < 400; i++) deep = { deep };
    expect(JSON.stringify(redactValue(deep))).not.toContain('PLANTED');
  });
});
