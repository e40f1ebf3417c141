import { describe, expect, it } from 'vitest';
import { CodedError } from '#shared/model/failure.ts';
import type { OpenSpan, SpanRecord } from '#shared/model/span.ts';
import type { Collector } from './collector.ts';
import { nullCollector } from './collectors/null.ts';
import { newSpanId, span, type TelemetryContext, withContext } from './span.ts';

class Recording implements Collector {
  readonly kind = 'memory';
  readonly started: OpenSpan[] = [];
  readonly ended: SpanRecord[] = [];
  start(opened: OpenSpan): void {
    this.started.push(opened);
  }
  record(ended: SpanRecord): void {
    this.ended.push(ended);
  }
  flush(): void {}
  named(name: string): SpanRecord {
    const found = this.ended.find((ended) => ended.name === name);
    if (found === undefined) throw new Error(`no span ${name}`);
    return found;
  }
}

/** A clock that only the test moves. */
function testClock() {
  let ms = 1000;
  return { nowUs: () => ms * 1000, monotonicMs: () => ms, pass: (by: number) => (ms += by) };
}

function setUp() {
  const collector = new Recording();
  const clock = testClock();
  const context: TelemetryContext = {
    collector,
    clock,
    trace_id: 'a'.repeat(32),
    job_id: 'job-1',
    tenant_id: 'team-a',
    parent_span_id: null,
  };
  return { collector, clock, context };
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('span()', () => {
  it('times what it wraps and carries job, tenant, trace and attributes', async () => {
    const { collector, clock, context } = setUp();
    const result = await withContext(context, () =>
      span('agent.ask', { agent_name: 'prompt', model: null }, async () => {
        clock.pass(250);
        return 42;
      }),
    );
    expect(result).toBe(42);
    expect(collector.ended).toHaveLength(1);
    expect(collector.named('agent.ask')).toMatchObject({
      trace_id: 'a'.repeat(32),
      parent_span_id: null,
      job_id: 'job-1',
      tenant_id: 'team-a',
      start_us: 1_000_000,
      duration_ms: 250,
      status: 'ok',
      error_type: null,
      attributes: { agent_name: 'prompt', model: null },
    });
  });

  it('nests across awaits, timers and parallel branches', async () => {
    const { collector, context } = setUp();
    await withContext(context, () =>
      span('job.execute', {}, async () => {
        await sleep(1);
        await Promise.all([
          span('agent.ask', {}, async () => {
            await sleep(2);
            await span('driver.call', {}, () => sleep(1));
          }),
          span('backend.warmup', {}, () => sleep(1)),
        ]);
        await span('provider.teardown', {}, () => sleep(1));
      }),
    );
    const root = collector.named('job.execute').span_id;
    expect(collector.named('agent.ask').parent_span_id).toBe(root);
    expect(collector.named('backend.warmup').parent_span_id).toBe(root);
    expect(collector.named('provider.teardown').parent_span_id).toBe(root);
    expect(collector.named('driver.call').parent_span_id).toBe(collector.named('agent.ask').span_id);
  });

  it('is visible as open before it ends', async () => {
    const { collector, context } = setUp();
    let release = (): void => {};
    const held = withContext(context, () =>
      span('agent.ask', { model: 'demo' }, () => new Promise<void>((resolve) => (release = resolve))),
    );
    expect(collector.started).toHaveLength(1);
    expect(collector.started[0]).toMatchObject({ name: 'agent.ask', attributes: { model: 'demo' } });
    expect(collector.ended).toHaveLength(0);
    release();
    await held;
    expect(collector.ended[0]?.span_id).toBe(collector.started[0]?.span_id);
  });

  it('records a throw, sync or async, by class name or code, and rethrows the same object', async () => {
    const { collector, context } = setUp();
    class QuotaExceeded extends Error {}
    const quota = new QuotaExceeded('no more');
    const coded = new CodedError('driver.exit', 'exited 3');
    withContext(context, () => {
      expect(() =>
        span('cost.estimate', {}, () => {
          throw quota;
        }),
      ).toThrow(quota);
    });
    await expect(
      withContext(context, () => span('driver.call', {}, () => Promise.reject(coded))),
    ).rejects.toBe(coded);
    await expect(
      withContext(context, () => span('agent.ask', {}, () => Promise.reject(new TypeError('x')))),
    ).rejects.toThrow(TypeError);
    expect(collector.named('cost.estimate')).toMatchObject({ status: 'error', error_type: 'QuotaExceeded' });
    expect(collector.named('driver.call')).toMatchObject({ status: 'error', error_type: 'driver.exit' });
    expect(collector.named('agent.ask')).toMatchObject({ status: 'error', error_type: 'TypeError' });
  });

  it('takes attributes that are known only along the way, without touching the caller’s object', () => {
    const { collector, context } = setUp();
    const given = { provider: 'local', confidence_score: null };
    withContext(context, () =>
      span('cost.estimate', given, (handle) => {
        handle.set('confidence_score', 0.24);
        handle.set('projected_cost_usd', 0.01);
      }),
    );
    expect(collector.ended[0]?.attributes).toEqual({
      provider: 'local',
      confidence_score: 0.24,
      projected_cost_usd: 0.01,
    });
    expect(given).toEqual({ provider: 'local', confidence_score: null });
  });

  it('only runs the function where nothing is collected', () => {
    const { context } = setUp();
    expect(span('agent.ask', {}, (handle) => handle.span_id)).toBeNull();
    withContext({ ...context, collector: nullCollector }, () => {
      expect(span('agent.ask', {}, (handle) => handle.span_id)).toBeNull();
    });
  });
});

describe('span ids', () => {
  it('are 16 lower-case hex digits and do not repeat', () => {
    const ids = new Set(Array.from({ length: 10_000 }, newSpanId));
    expect(ids.size).toBe(10_000);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{16}$/);
  });
});
