import { describe, expect, it } from 'vitest';
import { collectorAddress, sendable } from './address.ts';

describe('where a collector is', () => {
  it.each([
    ['http://127.0.0.1:4318', 'http://127.0.0.1:4318/v1/traces', 'http://127.0.0.1:4318'],
    ['http://127.0.0.1:4318/', 'http://127.0.0.1:4318/v1/traces', 'http://127.0.0.1:4318'],
    ['https://tempo.test/otlp//', 'https://tempo.test/otlp/v1/traces', 'https://tempo.test/otlp'],
    ['https://a.test/v1/traces', 'https://a.test/v1/traces', 'https://a.test/v1/traces'],
    ['https://a.test/in?project=7#x', 'https://a.test/in/v1/traces?project=7', 'https://a.test/in'],
  ])('%s', (given, url, shown) => {
    expect(collectorAddress(given, {})).toEqual({ url, shown, headers: {} });
    expect(collectorAddress(null, { OTEL_EXPORTER_OTLP_ENDPOINT: given })).toEqual({
      url,
      shown,
      headers: {},
    });
  });

  it.each(['', 'localhost:4318', 'grpc://a.test', 'file:///etc/passwd', 'http://'])('not %j', (given) => {
    expect(collectorAddress(null, { OTEL_EXPORTER_OTLP_ENDPOINT: given })).toBeNull();
  });

  it("takes OpenTelemetry's variables for traces before the common ones, with their headers", () => {
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://common.test',
      OTEL_EXPORTER_OTLP_HEADERS: 'X-Common=1',
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://traces.test/take',
      OTEL_EXPORTER_OTLP_TRACES_HEADERS:
        'Authorization=Bearer%20a=b, x-org = 7 ,nonsense,=1,bad name=2,x-odd=%zz',
    };
    expect(collectorAddress(null, env)).toEqual({
      url: 'http://traces.test/take',
      shown: 'http://traces.test/take',
      headers: { authorization: 'Bearer a=b', 'x-org': '7', 'x-odd': '%zz' },
    });
    // What they hold is meant for whom they name.
    expect(collectorAddress('http://other.test', env)?.headers).toEqual({});
  });

  it('keeps credentials out of the address', () => {
    const address = collectorAddress(null, { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://me:p%40ss@a.test' });
    expect(address).toEqual({
      url: 'http://a.test/v1/traces',
      shown: 'http://a.test',
      headers: { authorization: `Basic ${Buffer.from('me:p@ss').toString('base64')}` },
    });
  });

  it('sends no header that would be two, and does not say what is in it', () => {
    expect(sendable({ 'x-key': 'abc\n' })).toEqual({ 'x-key': 'abc' });
    expect(() => sendable({ 'x-key': 'a-secret\r\nx-other: 1' })).toThrow(
      /^The value of header x-key holds characters that no header may\.$/,
    );
  });
});
