import { describe, expect, it } from 'vitest';
import type { LogRecord } from '#core/ports/ports.ts';
import { nullCollector } from '#core/telemetry/collectors/null.ts';
import { span, withContext } from '#core/telemetry/span.ts';
import { realClock } from '#core/testing/ports.ts';
import { createKeepingLogger, type LogEntry } from './keeping-logger.ts';
import { createSpanLog } from './span-log.ts';

const JOB = '3f2504e0-4f89-41d3-9a0c-0305e82c3301';
const TRACE = '3f2504e04f8941d39a0c0305e82c3301';
const clock = realClock();

function bench() {
  const kept: LogEntry[] = [];
  const hosts: LogRecord[] = [];
  let asked = 0;
  const logger = createKeepingLogger({
    clock,
    host: { log: (record) => void hosts.push(record) },
    clean: (fields) =>
      Object.fromEntries(
        Object.entries(fields).map(([key, value]) => [
          key,
          typeof value === 'string' ? value.replaceAll('hunter2', '[redacted]') : value,
        ]),
      ),
    tenantOf: (jobId) => {
      asked++;
      return jobId === JOB ? 'team' : null;
    },
    keep: (entry) => void kept.push(entry),
  });
  return { logger, kept, hosts, asked: () => asked };
}
const said = { level: 'info', event: 'host.said', message: 'm' } as const;

describe('a log record', () => {
  it('takes job, tenant, trace and span from the span it falls in', () => {
    const { logger, kept, hosts } = bench();
    const started: string[] = [];
    const collector = { ...nullCollector, kind: 'memory' as const };
    withContext(
      { collector, clock, trace_id: TRACE, job_id: JOB, tenant_id: 't', parent_span_id: null },
      () =>
        span('driver.call', {}, ({ span_id }) => {
          started.push(span_id ?? '');
          logger.log(said);
          logger.log({ ...said, job_id: 'another' });
        }),
    );
    expect(kept[0]).toMatchObject({ job_id: JOB, tenant_id: 't', trace_id: TRACE, span_id: started[0] });
    expect(hosts[0]).toMatchObject({ job_id: JOB, tenant_id: 't', trace_id: TRACE, span_id: started[0] });
    // It is of another job, and fell in no span of that one.
    expect(kept[1]).toMatchObject({ job_id: 'another', tenant_id: null, trace_id: null, span_id: null });
  });

  it('of a job says whose it is and its trace, wherever it is said', () => {
    const { logger, kept, asked } = bench();
    for (let i = 0; i < 5; i++) logger.log({ ...said, job_id: JOB });
    expect(kept[4]).toMatchObject({ tenant_id: 'team', trace_id: TRACE, span_id: null });
    expect(asked()).toBe(1);
    logger.log(said);
    expect(kept[5]).toMatchObject({ tenant_id: null, job_id: null, trace_id: null, span_id: null });
  });

  it('holds no credential, whether told or kept, and is of bounded length', () => {
    const { logger, kept, hosts } = bench();
    const message = `${'x'.repeat(3995)}hunter2 and ${'y'.repeat(100_000)}`;
    logger.log({ ...said, message, fields: { header: 'hunter2', n: 1, long: 'z'.repeat(5000) } });
    expect(JSON.stringify([kept, hosts])).not.toContain('hunter');
    expect(kept[0]?.message.length).toBeLessThan(4010);
    expect(kept[0]?.fields).toMatchObject({ header: '[redacted]', n: 1 });
    expect(String(kept[0]?.fields.long).length).toBeLessThan(1010);
    expect(kept[0]?.at).toBeCloseTo(clock.nowUs() / 1e6, 0);
    expect(kept[0]?.logger).toBe('host');
  });
});

describe('spans', () => {
  const run = (fn: () => unknown) => {
    const { logger, kept } = bench();
    const collector = createSpanLog(logger);
    withContext(
      { collector, clock, trace_id: TRACE, job_id: JOB, tenant_id: 't', parent_span_id: null },
      () => {
        try {
          fn();
        } catch {
          // What it throws is what is told.
        }
      },
    );
    return kept;
  };

  it('that fail are told with what they were about; others are not', () => {
    const kept = run(() => {
      span('agent.ask', {}, () => {});
      span('driver.call', { mode: 'stdio', many: [1], empty: null }, () => {
        throw new TypeError('no');
      });
    });
    expect(kept).toHaveLength(1);
    expect(kept[0]).toMatchObject({
      level: 'warn',
      event: 'span.failed',
      job_id: JOB,
      tenant_id: 't',
      trace_id: TRACE,
      fields: { span: 'driver.call', error_type: 'TypeError', mode: 'stdio' },
    });
    expect(kept[0]?.span_id).toMatch(/^[0-9a-f]{16}$/);
    expect(kept[0]?.fields).not.toHaveProperty('many');
  });

  it('tell when what a job asks is ready, and when it is given up', () => {
    const kept = run(() => {
      span('provider.provision', { provider_type: 'existing' }, () => {});
      span('provider.teardown', { provider_type: 'existing' }, () => {
        throw new Error('no');
      });
    });
    expect(kept.map(({ event }) => event)).toEqual(['provision.ready', 'span.failed', 'provision.not_ended']);
  });
});
