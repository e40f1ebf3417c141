import type { OtlpSpanIn } from '#core/telemetry/otlp/seams.ts';

/** What OpenTelemetry's own JavaScript SDK sends for two spans, in either encoding; protobuf as base64. */
export const SDK_PROTOBUF =
  'CsEECjsKGwoMc2VydmljZS5uYW1lEgsKCXNkay1hZ2VudAoaCg9zZXJ2aWNlLnZlcnNpb24SBwoFMi4xLjAQABKBBAoQCgdmaXh0dXJlEgUxLjIuMxKYAwoQCvdlGRbNQ92ESOshHIAxnBIIt61rcWkgMzIiCLeta3FpIDMxKgtjaGF0IGdwdC00bzADOQHC3i+EW9cYQdICiW2EW9cYSiAKFGdlbl9haS5yZXF1ZXN0Lm1vZGVsEggKBmdwdC00b0ogChlnZW5fYWkudXNhZ2UuaW5wdXRfdG9rZW5zEgMY2ARKJwoaZ2VuX2FpLnJlcXVlc3QudGVtcGVyYXR1cmUSCSEAAAAAAADQP0oMCgZzdHJlYW0SAhABShcKCG5lZ2F0aXZlEgsY+f//////////AUo2Ch5nZW5fYWkucmVzcG9uc2UuZmluaXNoX3JlYXNvbnMSFCoSCgYKBHN0b3AKCAoGbGVuZ3RoShYKBHRleHQSDgoMR3LDvMOfZSDwn4yNUABaVQkA6ZdZhFvXGBIJZXhjZXB0aW9uGiAKDmV4Y2VwdGlvbi50eXBlEg4KDFRpbWVvdXRFcnJvchobChFleGNlcHRpb24ubWVzc2FnZRIGCgRsYXRlIABgAHAAeggSBGxhdGUYAoUBAQEAABJSChAK92UZFs1D3YRI6yEcgDGcEgi3rWtxaSAzMSoQaW52b2tlX2FnZW50IHNkazABORXNTiuEW9cYQQCUKJuEW9cYUABgAHAAegIYAIUBAQEAAA==';
export const SDK_JSON =
  '{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"sdk-agent"}},{"key":"service.version","value":{"stringValue":"2.1.0"}}],"droppedAttributesCount":0},"scopeSpans":[{"scope":{"name":"fixture","version":"1.2.3"},"spans":[{"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203332","parentSpanId":"b7ad6b7169203331","name":"chat gpt-4o","kind":3,"startTimeUnixNano":"1790000000200000001","endTimeUnixNano":"1790000001234567890","attributes":[{"key":"gen_ai.request.model","value":{"stringValue":"gpt-4o"}},{"key":"gen_ai.usage.input_tokens","value":{"intValue":600}},{"key":"gen_ai.request.temperature","value":{"doubleValue":0.25}},{"key":"stream","value":{"boolValue":true}},{"key":"negative","value":{"intValue":-7}},{"key":"gen_ai.response.finish_reasons","value":{"arrayValue":{"values":[{"stringValue":"stop"},{"stringValue":"length"}]}}},{"key":"text","value":{"stringValue":"Grüße 🌍"}}],"droppedAttributesCount":0,"events":[{"attributes":[{"key":"exception.type","value":{"stringValue":"TimeoutError"}},{"key":"exception.message","value":{"stringValue":"late"}}],"name":"exception","timeUnixNano":"1790000000900000000","droppedAttributesCount":0}],"droppedEventsCount":0,"status":{"code":2,"message":"late"},"links":[],"droppedLinksCount":0,"flags":257},{"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203331","name":"invoke_agent sdk","kind":1,"startTimeUnixNano":"1790000000123456789","endTimeUnixNano":"1790000002000000000","attributes":[],"droppedAttributesCount":0,"events":[],"droppedEventsCount":0,"status":{"code":0},"links":[],"droppedLinksCount":0,"flags":257}]}]}]}';
/** The same two as they are read. */
export const SDK_SPANS: readonly OtlpSpanIn[] = [
  {
    trace_id: '0af7651916cd43dd8448eb211c80319c',
    span_id: 'b7ad6b7169203332',
    parent_span_id: 'b7ad6b7169203331',
    name: 'chat gpt-4o',
    service: 'sdk-agent',
    start_us: 1_790_000_000_200_000,
    duration_us: 1_034_568,
    failed: true,
    error_type: 'TimeoutError',
    mended: false,
    attributes: {
      'gen_ai.request.model': 'gpt-4o',
      'gen_ai.usage.input_tokens': 600,
      'gen_ai.request.temperature': 0.25,
      stream: true,
      negative: -7,
      'gen_ai.response.finish_reasons': ['stop', 'length'],
      text: 'Grüße 🌍',
      'otel.kind': 'client',
      'otel.status_description': 'late',
      'otel.events': [
        {
          name: 'exception',
          time_us: 1_790_000_000_900_000,
          attributes: { 'exception.type': 'TimeoutError', 'exception.message': 'late' },
        },
      ],
      'scope.name': 'fixture',
      'scope.version': '1.2.3',
      'resource.service.name': 'sdk-agent',
      'resource.service.version': '2.1.0',
    },
  },
  {
    trace_id: '0af7651916cd43dd8448eb211c80319c',
    span_id: 'b7ad6b7169203331',
    parent_span_id: null,
    name: 'invoke_agent sdk',
    service: 'sdk-agent',
    start_us: 1_790_000_000_123_456,
    duration_us: 1_876_543,
    failed: false,
    error_type: null,
    mended: false,
    attributes: {
      'otel.kind': 'internal',
      'scope.name': 'fixture',
      'scope.version': '1.2.3',
      'resource.service.name': 'sdk-agent',
      'resource.service.version': '2.1.0',
    },
  },
];
