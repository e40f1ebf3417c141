import { describe, expect, it } from 'vitest';
import type { JobDetail, SpanDetail } from '#shared/contract/types.ts';
import { SPAN_INFERRED, SPAN_LOST, SPAN_OPEN } from '#shared/model/trace-columns.ts';
import type { ChromeTrace } from './chrome.ts';
import { exportTrace } from './export.ts';
import type { AnyValue, OtlpRequest } from './otlp.ts';

const START_US = 1_777_000_000_123_456;
const TRACE = '0af7651916cd43dd8448eb211c80319c';
const job = {
  job_id: '0af76519-16cd-43dd-8448-eb211c80319c',
  tenant_id: 'team-a',
  kind: 'agentic-agent',
  status: 'succeeded',
  model: 'llama3.1:8b',
  cost_usd: 0.25,
  estimate_usd: null,
  result: { telemetry: { tokens: { output: 212, total: 812 } } },
} as unknown as JobDetail;

const span = (name: string, more: Partial<SpanDetail> = {}): SpanDetail => ({
  source: 'own',
  job_id: job.job_id,
  trace_id: TRACE,
  span_id: 'b7ad6b7169203331',
  parent_span_id: null,
  name,
  raw_name: null,
  start_us: START_US,
  duration_ms: 1.5,
  status: 'ok',
  error_type: null,
  attributes: {},
  flags: 0,
  notes: [],
  ...more,
});

const plain = (value: AnyValue): unknown => Object.values(value)[0];
function otlp(...spans: SpanDetail[]) {
  const request = JSON.parse(exportTrace('otlp', job, spans).text) as OtlpRequest;
  const exported = request.resourceSpans[0]?.scopeSpans[0]?.spans ?? [];
  return exported.map((each) => ({
    ...each,
    of: Object.fromEntries(each.attributes.map(({ key, value }) => [key, plain(value)])),
  }));
}

describe('OTLP', () => {
  it('keeps the contract name and keys, adds the job, and puts OpenTelemetry names beside them', () => {
    const attributes = {
      agent_name: 'holmes',
      model: 'llama3.1:8b',
      backend_url: 'http://10.0.0.5:11434',
      backend_type: 'k8s-inference',
    };
    const [ask] = otlp(span('agent.ask', { attributes, parent_span_id: '00f067aa0ba902b7' }));
    expect(ask).toMatchObject({
      traceId: TRACE,
      spanId: 'b7ad6b7169203331',
      parentSpanId: '00f067aa0ba902b7',
      name: 'agent.ask',
      kind: 3,
      startTimeUnixNano: '1777000000123456000',
      endTimeUnixNano: '1777000000124956000',
      status: {},
    });
    expect(ask?.of).toEqual({
      ...attributes,
      job_id: job.job_id,
      tenant_id: 'team-a',
      'rune.otel_name': 'invoke_agent holmes',
      'gen_ai.operation.name': 'invoke_agent',
      'gen_ai.agent.name': 'holmes',
      'gen_ai.request.model': 'llama3.1:8b',
      'gen_ai.provider.name': 'openai',
      'rune.backend.type': 'k8s-inference',
      'server.address': '10.0.0.5',
      'server.port': '11434',
      'gen_ai.usage.output_tokens': '212',
      'gen_ai.usage.input_tokens': '600',
    });
  });

  it.each([
    ['job.execute', {}, 1, 'rune.job agentic-agent'],
    [
      'driver.call',
      { driver_name: 'holmes', action: 'ask', transport_type: 'stdio' },
      3,
      'rune.driver holmes ask',
    ],
    ['backend.warmup', { model: 'm' }, 3, 'rune.backend.warmup m'],
    ['backend.chat', { model: 'm' }, 3, 'chat m'],
    ['provider.provision', {}, 3, 'rune.provider.provision'],
    ['cost.estimate', {}, 1, 'rune.cost.estimate'],
    ['vastai.offer_search', {}, 3, 'rune.vastai.offer_search'],
    ['something.else', {}, 1, 'rune.something.else'],
  ])('names %s', (name, attributes, kind, otelName) => {
    const [exported] = otlp(span(name, { attributes }));
    expect(exported).toMatchObject({ name, kind, of: { 'rune.otel_name': otelName } });
  });

  it('names the contract of what was rented', () => {
    const attributes = { provider_type: 'vastai', contract_id: 1234, reused: true };
    const [exported] = otlp(span('provider.provision', { attributes }));
    expect(exported?.of).toMatchObject({
      'rune.provider.type': 'vastai',
      'rune.vastai.contract_id': '1234',
      'rune.reused': true,
    });
  });

  it('encodes each type of value, keeping keys whose value is unknown', () => {
    const attributes = {
      text: 'x',
      yes: true,
      int: 7,
      float: 0.5,
      none: null,
      list: [1, 'a'],
      map: { k: false },
    };
    const [exported] = otlp(span('x', { attributes }));
    expect(exported?.attributes.slice(0, 7)).toEqual([
      { key: 'text', value: { stringValue: 'x' } },
      { key: 'yes', value: { boolValue: true } },
      { key: 'int', value: { intValue: '7' } },
      { key: 'float', value: { doubleValue: 0.5 } },
      { key: 'none', value: {} },
      { key: 'list', value: { arrayValue: { values: [{ intValue: '1' }, { stringValue: 'a' }] } } },
      { key: 'map', value: { kvlistValue: { values: [{ key: 'k', value: { boolValue: false } }] } } },
    ]);
  });

  it('says what failed, was lost or inferred, and lets an open span reach to the latest instant', () => {
    const [failed, open] = otlp(
      span('agent.ask', { status: 'error', error_type: 'driver.exit', flags: SPAN_LOST | SPAN_INFERRED }),
      span('job.execute', { duration_ms: null, flags: SPAN_OPEN }),
    );
    expect(failed).toMatchObject({
      status: { code: 2, message: 'driver.exit' },
      of: { 'error.type': 'driver.exit', 'rune.lost': true, 'rune.inferred': true },
    });
    expect(open).toMatchObject({ endTimeUnixNano: failed?.endTimeUnixNano, of: { 'rune.open': true } });
  });

  it('makes an id of the right length from any foreign job id', () => {
    for (const trace_id of ['', '1', 'not hex at all', 'f'.repeat(40), '0'.repeat(32)]) {
      const [exported] = otlp(span('x', { trace_id }));
      expect(exported?.traceId).toMatch(/^(?!0+$)[0-9a-f]{32}$/);
    }
  });
});

describe('Chrome trace', () => {
  //  lane 1  |---------------|  root
  //  lane 1    |---|            a
  //  lane 2       |----|        b: overlaps a
  //  lane 2        |-|          c: inside b
  //  lane 1              |-|    d
  it('nests by containment and gives overlapping spans lanes of their own', () => {
    const at = (name: string, id: string, parent: string | null, start: number, ms: number) =>
      span(name, { span_id: id, parent_span_id: parent, start_us: START_US + start * 1000, duration_ms: ms });
    const trace = JSON.parse(
      exportTrace('chrome', job, [
        at('root', 'r', null, 0, 16),
        at('a', 'a', 'r', 2, 4),
        at('b', 'b', 'r', 5, 5),
        at('c', 'c', 'b', 6, 2),
        at('d', 'd', 'r', 13, 2),
      ]).text,
    ) as ChromeTrace;
    const spans = trace.traceEvents.filter((event) => event.ph === 'X');
    expect(spans.map(({ name, ts, dur, tid }) => [name, ts, dur, tid])).toEqual([
      ['root', 0, 16_000, 1],
      ['a', 2000, 4000, 1],
      ['b', 5000, 5000, 2],
      ['c', 6000, 2000, 2],
      ['d', 13_000, 2000, 1],
    ]);
    expect(trace.traceEvents.filter((event) => event.name === 'thread_name')).toHaveLength(2);
  });
});

describe('CSV', () => {
  it('quotes by RFC 4180, keeps microseconds, and disarms formulas', () => {
    const attributes = { model: 'a "b", c' };
    const { text, filename, media_type } = exportTrace('csv', job, [
      span('=HYPERLINK("x")', { attributes, duration_ms: null, flags: SPAN_OPEN }),
    ]);
    const [header, row, end] = text.split('\r\n');
    expect(header).toBe(
      'job_id,tenant_id,trace_id,span_id,parent_span_id,name,start_time,duration_ms,status,error_type,inferred,lost,attributes',
    );
    expect(row).toBe(
      `${job.job_id},team-a,${TRACE},b7ad6b7169203331,,"'=HYPERLINK(""x"")",2026-04-24T03:06:40.123456Z,,ok,,false,false,"{""model"":""a \\""b\\"", c""}"`,
    );
    expect(end).toBe('');
    expect([filename, media_type]).toEqual([`${job.job_id}.csv`, 'text/csv; charset=utf-8']);
  });
});
