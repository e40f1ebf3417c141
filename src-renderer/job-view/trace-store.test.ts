import { describe, expect, it } from 'vitest';
import type { LiveSpan } from '#shared/contract/types.ts';
import { buildTrace, type TraceSpan } from '#shared/model/trace-build.ts';
import {
  SPAN_CLAMPED,
  SPAN_ERROR,
  SPAN_LOST,
  SPAN_OPEN,
  spanIdAt,
  type TraceColumns,
} from '#shared/model/trace-columns.ts';
import { buildTree } from './layout/tree.ts';
import { idOf } from './testing.ts';
import { TraceStore } from './trace-store.ts';
import { TraceView } from './trace-view.ts';

const T0 = 1_700_000_000_000_000;
const live = (
  name: string,
  parent: string | null,
  startMs: number,
  durationMs: number | null,
  flags = 0,
): LiveSpan => ({
  span_id: idOf(name),
  parent_span_id: parent === null ? null : idOf(parent),
  job_id: 'job',
  name,
  label: '',
  start_us: T0 + startMs * 1000,
  duration_ms: durationMs,
  flags: flags | (durationMs === null ? SPAN_OPEN : 0),
  event_id: durationMs === null ? 0 : startMs + 1,
});
const manual = (): TraceStore => new TraceStore(undefined, () => {});
const feed = (store: TraceStore, ...spans: LiveSpan[]): void => {
  store.apply(spans);
  store.flush();
};
/** The trace as indented names, the way it will be read. */
const outline = (trace: TraceColumns): string[] => {
  const { depth } = buildTree(trace);
  return Array.from(
    { length: trace.count },
    (_, i) => '.'.repeat(depth[i] ?? 0) + trace.names[trace.name[i] ?? 0],
  );
};
const spanOf = (store: TraceStore, name: string) => {
  const i = store.find(idOf(name));
  const { trace } = store;
  return {
    startMs: ((trace.startUs[i] ?? 0) + trace.originUs - T0) / 1000,
    durationMs: (trace.durationUs[i] ?? 0) / 1000,
    flags: trace.flags[i] ?? 0,
  };
};

describe('TraceStore', () => {
  it('puts starts into the tree and ends them in place', () => {
    const store = manual();
    feed(store, live('job', null, 0, null), live('ask', 'job', 2, null));
    feed(store, live('call', 'ask', 3, null), live('provision', 'job', 1, 0.5));
    expect(outline(store.trace)).toEqual(['job', '.provision', '.ask', '..call']);
    expect(spanOf(store, 'call')).toMatchObject({ startMs: 3, durationMs: Number.NaN, flags: SPAN_OPEN });
    feed(store, live('call', 'ask', 3, 4, SPAN_ERROR));
    expect(spanOf(store, 'call')).toEqual({ startMs: 3, durationMs: 4, flags: SPAN_ERROR });
  });

  it('takes the same batch twice, and a start after its end, for what they are', () => {
    const store = manual();
    feed(store, live('job', null, 0, 9));
    feed(store, live('job', null, 0, 9));
    feed(store, live('job', null, 0, null));
    store.apply([live('ask', 'job', 1, 2)]);
    store.apply([live('ask', 'job', 1, null)]);
    store.flush();
    expect(store.trace.count).toBe(2);
    expect(spanOf(store, 'job').durationMs).toBe(9);
    expect(spanOf(store, 'ask').durationMs).toBe(2);
  });

  it('adopts children that arrived before their parent', () => {
    const store = manual();
    feed(store, live('job', null, 0, 20));
    feed(store, live('call', 'ask', 3, 4), live('chat', 'ask', 8, 1));
    expect(outline(store.trace)).toEqual(['job', 'call', 'chat']);
    feed(store, live('ask', 'job', 2, 8));
    expect(outline(store.trace)).toEqual(['job', '.ask', '..call', '..chat']);
  });

  it('closes the deeper parent first where two end at the same row', () => {
    const store = manual();
    feed(store, live('job', null, 0, null), live('ask', 'job', 1, null));
    feed(store, live('late', 'job', 9, null), live('call', 'ask', 2, null));
    expect(outline(store.trace)).toEqual(['job', '.ask', '..call', '.late']);
  });

  it('widens an ended parent for a child that another clock measured, whichever comes first', () => {
    const store = manual();
    feed(store, live('job', null, 0, 10));
    feed(store, live('ask', 'job', 4, 9));
    expect(spanOf(store, 'job')).toMatchObject({ durationMs: 13, flags: SPAN_CLAMPED });
    feed(store, live('other', null, 20, null), live('inner', 'other', 21, 9));
    feed(store, live('other', null, 20, 5));
    expect(spanOf(store, 'other')).toMatchObject({ durationMs: 10, flags: SPAN_CLAMPED });
  });

  it('closes what is lost', () => {
    const store = manual();
    feed(store, live('job', null, 0, null));
    feed(store, live('job', null, 0, 7, SPAN_LOST));
    expect(spanOf(store, 'job')).toMatchObject({ durationMs: 7, flags: SPAN_LOST });
  });

  it('says once a frame what happened, and where every span went', () => {
    const frames: (() => void)[] = [];
    const store = new TraceStore(undefined, (task) => frames.push(task));
    const said: string[] = [];
    store.subscribe((change) =>
      said.push(change.kind === 'inserted' ? `inserted ${[...change.moved].join(' ')}` : change.kind),
    );
    store.apply([live('job', null, 0, null)]);
    store.apply([live('ask', 'job', 5, null)]);
    expect([frames.length, said.length]).toEqual([1, 0]);
    frames.shift()?.();
    store.apply([live('provision', 'job', 1, 1)]);
    frames.shift()?.();
    store.apply([live('ask', 'job', 5, 3)]);
    frames.shift()?.();
    expect(said).toEqual(['replaced', 'inserted 0 2', 'updated']);
  });

  it('grows span by span into what building it whole gives', () => {
    const spans: TraceSpan[] = [];
    let random = 7;
    const next = (below: number): number => {
      random = (Math.imul(random, 1_103_515_245) + 12_345) >>> 0;
      return (random >>> 8) % below;
    };
    for (let i = 0; i < 400; i++) {
      const parent = i === 0 ? null : (spans[next(i)] as TraceSpan);
      spans.push({
        span_id: idOf(`s${i}`),
        parent_span_id: parent?.span_id ?? null,
        name: `s${i}`,
        // Parents contain their children, so that no clamping depends on the order of arrival.
        start_us: (parent?.start_us ?? T0) + next(500),
        duration_us: 1_000_000 - (parent === null ? 0 : 1000) * next(3) - i * 1000,
        event_id: i,
        flags: 0,
        label: `l${i % 7}`,
        call: null,
      });
    }
    const whole = buildTrace(spans);
    const store = manual();
    for (let from = 0; from < spans.length; ) {
      const size = 1 + next(9);
      const batch = spans.slice(from, from + size);
      feed(store, ...batch.map((s) => ({ ...s, job_id: null, duration_ms: (s.duration_us ?? 0) / 1000 })));
      from += size;
    }
    expect(outline(store.trace)).toEqual(outline(whole));
    const { trace } = store;
    for (let i = 0; i < whole.count; i++) {
      expect(spanIdAt(trace, i)).toBe(spanIdAt(whole, i));
      expect(trace.labels[trace.label[i] ?? 0]).toBe(whole.labels[whole.label[i] ?? 0]);
      expect((trace.startUs[i] ?? 0) + trace.originUs).toBe((whole.startUs[i] ?? 0) + whole.originUs);
    }
  });
});

describe('TraceView', () => {
  const view = (): { store: TraceStore; view: TraceView } => {
    const store = manual();
    feed(store, live('job', null, 0, null), live('ask', 'job', 5, null), live('call', 'ask', 6, 1));
    const made = new TraceView(store, () => T0 + 50_000);
    store.subscribe((change) => made.follow(change));
    return { store, view: made };
  };

  it('keeps the cursor and what is collapsed on their spans while others come in above', () => {
    const { store, view: shown } = view();
    shown.setCollapsed(store.find(idOf('ask')), true);
    shown.cursor = store.find(idOf('ask'));
    feed(store, live('provision', 'job', 1, 1), live('estimate', 'job', 0, 1));
    expect(shown.cursor).toBe(store.find(idOf('ask')));
    expect([...shown.collapsed]).toEqual([0, 0, 0, 1, 0]);
    store.replace(buildTrace([]));
    expect([shown.cursor, shown.rows.length]).toEqual([0, 0]);
  });

  it('ends open spans at the clock, and at the last thing known once the clock has stopped', () => {
    const { view: shown } = view();
    expect(shown.nowUs()).toBe(50_000);
    const stopped = new TraceView(shown.store, () => null);
    expect(stopped.nowUs()).toBe(7000);
    expect(stopped.extent()).toEqual({ startUs: 0, endUs: 7000 });
  });
});
