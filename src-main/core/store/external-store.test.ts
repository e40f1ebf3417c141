import { afterEach, describe, expect, it } from 'vitest';
import { testPorts } from '#core/testing/ports.ts';
import { createExternalStore, type ExternalRow, type ExternalStore } from './external-store.ts';

const cleanUp: (() => void)[] = [];
afterEach(() => {
  for (const clean of cleanUp.splice(0).reverse()) clean();
});

function open(maxSpans?: number): ExternalStore {
  const { ports, dataDir, remove } = testPorts();
  cleanUp.push(remove);
  const store = createExternalStore({ dataDir, clock: ports.clock, writable: true, maxSpans });
  cleanUp.push(() => store.close());
  return store;
}

const row = (trace: number, span: number, more: Partial<ExternalRow> = {}): ExternalRow => {
  const traceId = trace.toString(16).padStart(32, 'a');
  return {
    trace_id: traceId,
    span_id: span.toString(16).padStart(16, '0'),
    parent_span_id: span === 1 ? null : '0000000000000001',
    job_id: traceId,
    name: `span ${span}`,
    service: 'svc',
    start_us: 1_790_000_000_000_000 + span,
    duration_us: 1000,
    error_type: null,
    flags: 0,
    label: null,
    attributes_json: '{}',
    model: null,
    ...more,
  };
};
const count = (store: ExternalStore, table: string): number =>
  store.db().prepare(`SELECT count(*) FROM ${table}`).pluck().get() as number;

describe('the store of external traces', () => {
  it('has no file while nothing has come', () => {
    const store = open();
    expect(store.exists()).toBe(false);
    store.add([row(1, 1)]);
    expect(store.exists()).toBe(true);
  });

  it('names a trace by its root, whenever that comes, and fails it with its root only', () => {
    const store = open();
    const board = () => store.db().prepare('SELECT * FROM rs_job').get();
    store.add([row(1, 3, { flags: 1 }), row(1, 2, { service: 'inner', start_us: 1_790_000_000_000_000 })]);
    expect(board()).toMatchObject({
      question: 'span 2',
      agent: 'inner',
      status: 'succeeded',
      error_count: 1,
      span_count: 2,
    });
    store.add([row(1, 1, { flags: 1, error_type: 'Boom', duration_us: 5_000_000 })]);
    expect(board()).toMatchObject({
      question: 'span 1',
      agent: 'svc',
      status: 'failed',
      error_count: 2,
      span_count: 3,
    });
    store.add([row(1, 4), row(1, 1)]);
    expect(board()).toMatchObject({ question: 'span 1', status: 'failed', span_count: 4 });
  });

  it('lets whole traces go, the oldest first, when there are too many spans', () => {
    const store = open(100);
    for (let batch = 0; batch < 70; batch++)
      store.add(Array.from({ length: 10 }, (_, i) => row(batch, i + 1)));
    // It looks every 32nd time.
    expect(count(store, 'rs_otlp_span')).toBeLessThanOrEqual(100 + 32 * 10);
    expect(count(store, 'rs_job')).toBe(count(store, 'rs_otlp_span') / 10);
    expect(count(store, 'jobs')).toBe(count(store, 'rs_job'));
    const newest = row(69, 1).trace_id;
    expect(store.db().prepare('SELECT 1 FROM jobs WHERE job_id = ?').get(newest)).toBeDefined();
  });
});
