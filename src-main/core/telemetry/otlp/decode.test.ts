import { describe, expect, it } from 'vitest';
import { type OtlpRequest, toOtlp } from '#core/telemetry/export/otlp.ts';
import { protobufOf } from '#core/testing/otlp-protobuf.ts';
import { SDK_JSON, SDK_PROTOBUF, SDK_SPANS } from '#core/testing/otlp-sdk.ts';
import type { JobDetail, SpanDetail } from '#shared/contract/types.ts';
import { CodedError } from '#shared/model/failure.ts';
import type { Attributes, AttributeValue } from '#shared/model/span.ts';
import { decodeOtlp } from './decode.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const json = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));
const one = (span: Record<string, unknown>): unknown => ({
  resourceSpans: [
    { scopeSpans: [{ spans: [{ traceId: TRACE, spanId: 'b7ad6b7169203331', name: 'n', ...span }] }] },
  ],
});
const first = (body: unknown) => {
  const { spans, reasons } = decodeOtlp(json(body), 'json');
  const [span] = spans;
  if (span === undefined) throw new Error(reasons.join());
  return span;
};
function codeOf(body: Uint8Array, encoding: 'json' | 'protobuf'): string {
  try {
    decodeOtlp(body, encoding);
    return 'taken';
  } catch (thrown) {
    return thrown instanceof CodedError ? thrown.code : String(thrown);
  }
}

describe("what OpenTelemetry's SDK sends", () => {
  it('is read the same from JSON and protobuf', () => {
    const read = { spans: SDK_SPANS, rejected: 0, reasons: [] };
    expect(decodeOtlp(Buffer.from(SDK_JSON), 'json')).toEqual(read);
    expect(decodeOtlp(Buffer.from(SDK_PROTOBUF, 'base64'), 'protobuf')).toEqual(read);
  });

  it('is read or refused wherever it is cut, never more', () => {
    const bytes = Buffer.from(SDK_PROTOBUF, 'base64');
    for (let end = 0; end < bytes.length; end++)
      expect(['taken', 'otlp.invalid']).toContain(codeOf(bytes.subarray(0, end), 'protobuf'));
    const text = Buffer.from(SDK_JSON);
    for (let end = 0; end < text.length; end += 3)
      expect(codeOf(text.subarray(0, end), 'json')).toBe('otlp.invalid');
  });

  it('is read or refused whatever bytes of it are changed', () => {
    const random = generator(7);
    for (let round = 0; round < 3000; round++) {
      const bytes = Buffer.from(SDK_PROTOBUF, 'base64');
      const text = Buffer.from(SDK_JSON);
      for (let i = 0; i < 1 + random(4); i++) {
        bytes[random(bytes.length)] = random(256);
        text[random(text.length)] = 32 + random(96);
      }
      expect(['taken', 'otlp.invalid']).toContain(codeOf(bytes, 'protobuf'));
      expect(['taken', 'otlp.invalid']).toContain(codeOf(text, 'json'));
    }
  });
});

/** Numbers below a bound, the same each time. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

describe('our own export, read back', () => {
  const random = generator(42);
  const hex = (digits: number): string =>
    Array.from({ length: digits }, (_, i) => (i === 0 ? 'a' : random(16).toString(16))).join('');
  const text = (): string =>
    Array.from({ length: random(12) }, () =>
      String.fromCodePoint(32 + random(random(9) === 0 ? 50_000 : 90)),
    ).join('');
  const value = (depth: number): AttributeValue => {
    switch (random(depth > 3 ? 5 : 7)) {
      case 0:
        return random(2) === 0;
      case 1:
        return random(2 ** 31) - 2 ** 30;
      case 2:
        return (random(1000) + 0.5) / 8;
      case 3:
        return null;
      case 5:
        return Array.from({ length: random(4) }, () => value(depth + 1));
      case 6:
        return Object.fromEntries(Array.from({ length: random(4) }, (_, i) => [`k${i}`, value(depth + 1)]));
      default:
        return text();
    }
  };
  const attributes = (): Attributes =>
    Object.fromEntries(Array.from({ length: random(20) }, (_, i) => [`key.${i}`, value(0)]));
  const job = {
    job_id: `${TRACE.slice(0, 8)}`,
    tenant_id: 'default',
    kind: 'benchmark',
    model: null,
  } as JobDetail;

  it('holds every id, time and attribute, in both encodings', () => {
    for (let round = 0; round < 150; round++) {
      const spans = Array.from({ length: 1 + random(5) }, (): SpanDetail => {
        const failed = random(3) === 0;
        return {
          source: 'own',
          job_id: job.job_id,
          trace_id: hex(32),
          span_id: hex(16),
          parent_span_id: random(2) === 0 ? null : hex(16),
          name: `n${text()}`,
          raw_name: null,
          start_us: 1_790_000_000_000_000 + random(2 ** 31),
          duration_ms: random(10_000_000) / 1000,
          status: failed ? 'error' : 'ok',
          error_type: failed ? 'driver.exit' : null,
          attributes: attributes(),
          flags: 0,
          notes: [],
        };
      });
      const request: OtlpRequest = toOtlp(job, spans);
      const fromJson = decodeOtlp(json(request), 'json');
      const fromProtobuf = decodeOtlp(protobufOf(request), 'protobuf');
      expect(fromProtobuf).toEqual(fromJson);
      expect(fromJson.rejected).toBe(0);
      fromJson.spans.forEach((read, i) => {
        const span = spans[i];
        expect(read).toMatchObject({
          trace_id: span?.trace_id,
          span_id: span?.span_id,
          parent_span_id: span?.parent_span_id,
          name: span?.name,
          start_us: span?.start_us,
          duration_us: Math.round((span?.duration_ms ?? 0) * 1000),
          failed: span?.status === 'error',
          error_type: span?.error_type,
          mended: false,
          service: 'runescope',
        });
        expect(read.attributes).toMatchObject(span?.attributes ?? {});
      });
    }
  });
});

describe('what sloppy writers send', () => {
  it('is snake_case, numbers for nanoseconds, names for numbers, base64 for hex', () => {
    const body = `{"resource_spans":[{"scope_spans":[{"spans":[{"trace_id":"CvdlGRbNQ92ESOshHIAxnA==",
      "span_id":"t61rcWkgMzE=","parent_span_id":"B7AD6B7169203330","name":"n","kind":"SPAN_KIND_CLIENT",
      "start_time_unix_nano":1790000000123456789,"end_time_unix_nano":1790000000123457789,
      "status":{"code":"STATUS_CODE_ERROR"},
      "attributes":[{"key":"big","value":{"int_value":9007199254740993}},{"key":"plain","value":"unwrapped"}]}]}],
      "resource":{"attributes":[{"key":"service.name","value":{"string_value":"late"}}]}}]}`;
    const { spans } = decodeOtlp(Buffer.from(body), 'json');
    expect(spans[0]).toMatchObject({
      trace_id: TRACE,
      span_id: 'b7ad6b7169203331',
      parent_span_id: 'b7ad6b7169203330',
      start_us: 1_790_000_000_123_456,
      duration_us: 1,
      failed: true,
      service: 'late',
      attributes: { big: '9007199254740993', plain: 'unwrapped', 'otel.kind': 'client' },
    });
  });

  it('is null where nothing is', () => {
    expect(decodeOtlp(json({ resourceSpans: null }), 'json').spans).toEqual([]);
    expect(decodeOtlp(json({}), 'json').spans).toEqual([]);
    expect(decodeOtlp(new Uint8Array(0), 'protobuf').spans).toEqual([]);
    expect(
      first(
        one({
          parentSpanId: null,
          attributes: null,
          events: null,
          startTimeUnixNano: '1',
          endTimeUnixNano: '1',
        }),
      ).parent_span_id,
    ).toBeNull();
  });
});

describe('spans that cannot be taken', () => {
  it.each([
    ['a trace id that is too short', { traceId: 'abc' }],
    ['a trace id of zeros', { traceId: '0'.repeat(32) }],
    ['a trace id that is no hex', { traceId: 'x'.repeat(32) }],
    ['no span id', { spanId: '' }],
    ['a span id of zeros', { spanId: '0'.repeat(16) }],
    ['a span id of a number', { spanId: 7 }],
    ['a parent that is too long', { parentSpanId: 'a'.repeat(17) }],
    ['no name', { name: '' }],
    ['a name that is a number', { name: 5 }],
    ['times that are words', { startTimeUnixNano: 'yesterday' }],
  ])('are counted one by one: %s', (_, wrong) => {
    const body = one({});
    const spans = (body as { resourceSpans: { scopeSpans: { spans: unknown[] }[] }[] }).resourceSpans[0]
      ?.scopeSpans[0]?.spans;
    spans?.push({ traceId: TRACE, spanId: 'b7ad6b7169203331', name: 'n', ...wrong }, 'no object');
    const decoded = decodeOtlp(json(body), 'json');
    expect(decoded.spans).toHaveLength(1);
    expect(decoded.rejected).toBe(2);
    expect(decoded.reasons).toHaveLength(2);
  });
});

describe('times', () => {
  const times = (start: string, end: string) => {
    const { start_us, duration_us, mended } = first(one({ startTimeUnixNano: start, endTimeUnixNano: end }));
    return [start_us, duration_us, mended];
  };
  it('are exact to the microsecond, and mended where they are reversed, zero, negative or absurd', () => {
    expect(times('1790000000123456999', '1790000000123457999')).toEqual([1_790_000_000_123_456, 1, false]);
    expect(times('1790000000000002000', '1790000000000001000')).toEqual([1_790_000_000_000_002, 0, true]);
    expect(times('0', '1790000000000001000')).toEqual([1_790_000_000_000_001, 0, true]);
    expect(times('1790000000000001000', '0')).toEqual([1_790_000_000_000_001, 0, true]);
    expect(times('-5', '-4')).toEqual([0, 0, true]);
    expect(times('18446744073709551615', '18446744073709551615')).toEqual([0, 0, true]);
  });

  it('are those of the trace where a span has none', () => {
    const spans = [
      { traceId: TRACE, spanId: 'b7ad6b7169203331', name: 'none' },
      {
        traceId: TRACE,
        spanId: 'b7ad6b7169203332',
        name: 'some',
        startTimeUnixNano: '5000',
        endTimeUnixNano: '6000',
      },
    ];
    const decoded = decodeOtlp(json({ resourceSpans: [{ scopeSpans: [{ spans }] }] }), 'json');
    expect(decoded.spans.map(({ start_us, mended }) => [start_us, mended])).toEqual([
      [5, true],
      [5, false],
    ]);
  });
});

describe('hostile requests', () => {
  it('with 10,000 attributes keep 128 and say how many there were', () => {
    const attributes = Array.from({ length: 10_000 }, (_, i) => ({ key: `k${i}`, value: { intValue: i } }));
    const read = first(one({ attributes, droppedAttributesCount: 5 }));
    expect(Object.keys(read.attributes)).toHaveLength(128);
    expect(read.attributes['otel.dropped_attributes_count']).toBe(10_000 - 127 + 5);
    const request = toOtlp({ job_id: 'j', tenant_id: 't' } as JobDetail, []);
    const wide = protobufOf({
      resourceSpans: [
        {
          ...(request.resourceSpans[0] as OtlpRequest['resourceSpans'][number]),
          resource: { attributes: [] },
          scopeSpans: [
            {
              scope: { name: '', version: '' },
              spans: [
                {
                  traceId: TRACE,
                  spanId: 'b7ad6b7169203331',
                  parentSpanId: '',
                  flags: 0,
                  name: 'n',
                  kind: 0,
                  startTimeUnixNano: '1000',
                  endTimeUnixNano: '2000',
                  attributes: attributes.map(({ key }) => ({ key, value: { stringValue: 'v' } })),
                  status: {},
                },
              ],
            },
          ],
        },
      ],
    });
    const kept = decodeOtlp(wide, 'protobuf').spans[0]?.attributes ?? {};
    expect(Object.keys(kept)).toHaveLength(128);
    expect(kept['otel.dropped_attributes_count']).toBe(10_000 - 127);
  });

  it('nest too deep', () => {
    const nest = (depth: number): string => '{"arrayValue":{"values":['.repeat(depth) + ']}}'.repeat(depth);
    const body = (depth: number): Buffer =>
      Buffer.from(
        JSON.stringify(one({ attributes: [{ key: 'deep', value: 0 }] })).replace(':0}', `:${nest(depth)}}`),
      );
    expect(codeOf(body(10), 'json')).toBe('taken');
    expect(codeOf(body(100), 'json')).toBe('otlp.invalid');
    expect(codeOf(body(200_000), 'json')).toBe('otlp.invalid');
    expect(codeOf(Buffer.from('['.repeat(1_000_000)), 'json')).toBe('otlp.invalid');
    let value: { readonly arrayValue: { readonly values: readonly never[] } } = {
      arrayValue: { values: [] },
    };
    for (let i = 0; i < 200; i++) value = { arrayValue: { values: [value as never] } };
    const [span] =
      toOtlp({ job_id: 'j', tenant_id: 't' } as JobDetail, [
        {
          job_id: 'j',
          source: 'own',
          trace_id: TRACE,
          span_id: 'b7ad6b7169203331',
          parent_span_id: null,
          name: 'n',
          raw_name: null,
          start_us: 5,
          duration_ms: 1,
          status: 'ok',
          error_type: null,
          attributes: {},
          flags: 0,
          notes: [],
        },
      ]).resourceSpans[0]?.scopeSpans[0]?.spans ?? [];
    if (span === undefined) throw new Error('There is a span.');
    const deep = protobufOf({
      resourceSpans: [
        {
          resource: { attributes: [] },
          schemaUrl: '',
          scopeSpans: [
            { scope: { name: '', version: '' }, spans: [{ ...span, attributes: [{ key: 'deep', value }] }] },
          ],
        },
      ],
    });
    expect(codeOf(deep, 'protobuf')).toBe('otlp.invalid');
  });

  it('claim lengths that are not there, groups without an end, or are another thing', () => {
    for (const bytes of [
      [0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f],
      [0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
      Array.from({ length: 5000 }, () => 0x0b),
      [0x00],
      [0x08, 0x01],
      [0xff],
    ])
      expect(codeOf(Uint8Array.from(bytes), 'protobuf')).toBe('otlp.invalid');
    for (const text of [
      '',
      'null',
      '[]',
      '"x"',
      '{"resourceSpans":{}}',
      '{"resourceSpans":[1]}',
      '{} {}',
      '{"a":}',
      '{"a" 1}',
    ])
      expect(codeOf(Buffer.from(text), 'json')).toBe('otlp.invalid');
    expect(codeOf(Uint8Array.from([0x7b, 0xff, 0x7d]), 'json')).toBe('otlp.invalid');
  });

  it('hold a long text: it is cut', () => {
    const read = first(
      one({
        name: 'x'.repeat(5000),
        attributes: [{ key: 'long', value: { stringValue: 'y'.repeat(1_000_000) } }],
      }),
    );
    expect(read.name).toHaveLength(512);
    expect(String(read.attributes.long)).toHaveLength(32_768);
  });

  it('bend no object', () => {
    const read = first(one({ attributes: [{ key: '__proto__', value: { stringValue: 'mine' } }] }));
    expect(Object.keys(read.attributes)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(read.attributes)).toBe(Object.prototype);
  });
});
