import { describe, expect, it } from 'vitest';
import type { LiveSpan } from '#shared/contract/types.ts';
import { buildTrace, type TraceSpan } from '#shared/model/trace-build.ts';
import {
  decodeTrace,
  encodeTrace,
  SPAN_CLAMPED,
  SPAN_ERROR,
  SPAN_LOST,
  SPAN_OPEN,
  spanIdAt,
  type TraceColumns,
} from '#shared/model/trace-columns.ts';
import { buildTree } from './layout/tree.ts';
import { toTraceSpan } from './live-merge.ts';
import { idOf } from './testing.ts';
import { type TraceChange, TraceStore } from './trace-store.ts';

const ORIGIN_US = 1_700_000_000_000_000;

/** A span of `name` that ran from `from` to `to` (null: still runs), in milliseconds since the job began. */
function live(
  name: string,
  parent: string | null,
  from: number,
  to: number | null,
  more: Partial<LiveSpan> = {},
): LiveSpan {
  return {
    span_id: idOf(name),
    parent_span_id: parent === null ? null : idOf(parent),
    job_id: 'job-1',
    name,
    label: '',
    start_us: ORIGIN_US + from * 1000,
    duration_ms: to === null ? null : to - from,
    flags: 0,
    event_id: to === null ? 0 : 1,
    ...more,
  };
}
const startOf = (span: LiveSpan): LiveSpan => ({ ...span, duration_ms: null, event_id: 0, flags: 0 });

/** A store that merges when told to, and what it announced. */
function storeOf(...spans: LiveSpan[]) {
  const store = new TraceStore(buildTrace(spans.map(toTraceSpan)), () => {});
  const changes: TraceChange[] = [];
  store.subscribe((change) => changes.push(change));
  const merge = (...more: LiveSpan[]): void => {
    store.apply(more);
    store.flush();
  };
  return { store, changes, merge };
}

/** One line a span: name, parent, from-to in milliseconds (`~` open), flags by letter. */
function told(trace: TraceColumns): string[] {
  const nameOf = (i: number): string => trace.names[trace.name[i] ?? 0] ?? '';
  return Array.from({ length: trace.count }, (_, i) => {
    const parent = trace.parent[i] ?? -1;
    const start = trace.startUs[i] ?? 0;
    const end = start + (trace.durationUs[i] ?? 0);
    const flags = trace.flags[i] ?? 0;
    const marks = [
      [SPAN_ERROR, ' error'],
      [SPAN_LOST, ' lost'],
      [SPAN_CLAMPED, ' clamped'],
      [SPAN_OPEN, ' open'],
    ] as const;
    const shown = marks.map(([flag, mark]) => ((flags & flag) === 0 ? '' : mark)).join('');
    const above = parent < 0 ? '' : `${nameOf(parent)}/`;
    return `${above}${nameOf(i)} ${start / 1000}-${Number.isNaN(end) ? '~' : end / 1000}${shown}`;
  });
}

describe('a live trace', () => {
  it('shows a span as open when it begins and gives it its end in place', () => {
    const { store, changes, merge } = storeOf();
    merge(live('job', null, 0, null));
    expect(told(store.trace)).toEqual(['job 0-~ open']);
    merge(live('job', null, 0, 9, { flags: SPAN_ERROR, event_id: 7 }));
    expect(told(store.trace)).toEqual(['job 0-9 error']);
    expect(store.trace.eventId[0]).toBe(7);
    expect(changes.map(({ kind }) => kind)).toEqual(['replaced', 'updated']);
  });

  it('shows a span whose start was never seen when its end arrives', () => {
    const { store, merge } = storeOf(live('job', null, 0, null));
    merge(live('ask', 'job', 2, 5));
    expect(told(store.trace)).toEqual(['job 0-~ open', 'job/ask 2-5']);
  });

  it('does not open an ended span again when its start arrives late, in the same batch or a later one', () => {
    const ask = live('ask', 'job', 2, 5);
    const { store, merge } = storeOf(live('job', null, 0, null));
    merge(ask, startOf(ask));
    merge(startOf(ask));
    expect(told(store.trace)).toEqual(['job 0-~ open', 'job/ask 2-5']);
  });

  it('puts a new span after the siblings that began no later, before those that began later', () => {
    const { store, merge } = storeOf(
      live('job', null, 0, null),
      live('a', 'job', 1, 3),
      live('a1', 'a', 1, 2),
      live('c', 'job', 7, 8),
    );
    merge(live('b', 'job', 5, 6), live('d', 'job', 9, null), live('d1', 'd', 9, null), live('a0', 'a', 1, 2));
    expect(told(store.trace).map((line) => line.split(' ')[0])).toEqual([
      'job',
      'job/a',
      'a/a1',
      'a/a0',
      'job/b',
      'job/c',
      'job/d',
      'd/d1',
    ]);
  });

  it('says where every span went, so that who holds an index can follow', () => {
    const { store, changes, merge } = storeOf(
      live('job', null, 0, null),
      live('a', 'job', 1, 3),
      live('c', 'job', 7, 8),
    );
    const before = ['job', 'a', 'c'].map((name) => store.find(idOf(name)));
    merge(live('a1', 'a', 2, 3), live('b', 'job', 5, 6));
    const [change] = changes;
    expect(change?.kind).toBe('inserted');
    if (change?.kind !== 'inserted') return;
    expect(before.map((i) => spanIdAt(store.trace, change.moved[i] ?? -1))).toEqual(
      ['job', 'a', 'c'].map(idOf),
    );
  });

  it('moves the figures of model calls with their spans', () => {
    const call = { phases: [] } as unknown as NonNullable<TraceSpan['call']>;
    const store = new TraceStore(
      buildTrace([
        toTraceSpan(live('job', null, 0, null)),
        { ...toTraceSpan(live('chat', 'job', 5, 8)), call },
      ]),
      () => {},
    );
    store.apply([live('early', 'job', 1, 2)]);
    store.flush();
    expect(store.trace.calls).toEqual([[2, call]]);
  });

  it('takes children that arrive before their parent as roots and moves them under it when it comes', () => {
    const { store, changes, merge } = storeOf(live('job', null, 0, null));
    merge(live('call', 'ask', 3, 4), live('chat', 'call', 3, 4));
    expect(told(store.trace)).toEqual(['job 0-~ open', 'call 3-4', 'call/chat 3-4']);
    merge(live('ask', 'job', 2, null));
    expect(told(store.trace)).toEqual(['job 0-~ open', 'job/ask 2-~ open', 'ask/call 3-4', 'call/chat 3-4']);
    expect(changes.map(({ kind }) => kind)).toEqual(['inserted', 'replaced']);
    merge(live('late', 'ask', 5, null));
    expect(changes.at(-1)?.kind).toBe('inserted');
  });

  it('remembers who a span waits for while others come and go', () => {
    const { store, merge } = storeOf();
    merge(live('x', 'a', 3, 4));
    merge(live('y', 'b', 5, 6));
    merge(live('b', null, 2, null));
    merge(live('a', null, 1, null));
    expect(told(store.trace)).toEqual(['a 0-~ open', 'a/x 2-3', 'b 1-~ open', 'b/y 4-5']);
  });

  it('widens an ended parent for a child that outlasts it, up to the root', () => {
    const { store, merge } = storeOf(live('job', null, 0, 6), live('ask', 'job', 1, 5));
    merge(live('call', 'ask', 2, 8));
    expect(told(store.trace)).toEqual(['job 0-8 clamped', 'job/ask 1-8 clamped', 'ask/call 2-8']);
  });

  it('widens a parent that ends before the child that ended before it', () => {
    const { store, merge } = storeOf(live('job', null, 0, null), live('ask', 'job', 1, 7));
    merge(live('job', null, 0, 5));
    expect(told(store.trace)).toEqual(['job 0-7 clamped', 'job/ask 1-7']);
  });

  it('ends a span where it ended, also after an early child moved its start', () => {
    //   ask       |-----|      2-8
    //   call   |--|            0-3, by another clock
    const { store, merge } = storeOf(live('job', null, 0, null), live('ask', 'job', 2, null));
    merge(live('call', 'ask', 0, 3));
    merge(live('ask', 'job', 2, 8));
    expect(told(store.trace)).toEqual(['job 0-~ open', 'job/ask 0-8 clamped', 'ask/call 0-3']);
  });

  it('does not change when the same batch is read twice', () => {
    const batch = [
      live('job', null, 0, 9),
      live('ask', 'job', 2, 8, { flags: SPAN_ERROR }),
      live('call', 'ask', 0, 11),
    ];
    const { store, merge } = storeOf();
    merge(...batch);
    const once = told(store.trace);
    expect(once).toEqual(['job 0-11 clamped', 'job/ask 0-11 error clamped', 'ask/call 0-11']);
    merge(...batch);
    merge(...batch.map(startOf), ...batch);
    expect(told(store.trace)).toEqual(once);
  });

  it('keeps every span of a cycle and of one that is its own parent', () => {
    const { store, merge } = storeOf(live('job', null, 0, null));
    merge(live('x', 'y', 1, 2), live('y', 'x', 1, 3), live('self', 'self', 4, 5));
    expect(store.trace.count).toBe(4);
    for (const name of ['x', 'y', 'self']) expect(store.find(idOf(name))).toBeGreaterThan(0);
  });

  it('takes a span that began before all others', () => {
    const { store, merge } = storeOf(live('job', null, 0, null));
    merge(live('before', null, -3, -1));
    expect(told(store.trace)).toEqual(['before -3--1', 'job 0-~ open']);
  });

  it('keeps names in any script and shares equal ones', () => {
    const { store, merge } = storeOf(live('job', null, 0, null));
    merge(
      live('a', 'job', 1, 2, { name: 'агент.ask 🤖', label: '東京' }),
      live('b', 'job', 3, 4, { name: 'агент.ask 🤖', label: '東京' }),
    );
    merge(live('c', 'job', 5, 6, { name: 'агент.ask 🤖', label: '' }));
    expect(told(store.trace).slice(1)).toEqual([1, 3, 5].map((t) => `job/агент.ask 🤖 ${t}-${t + 1}`));
    expect(store.trace.names).toHaveLength(2);
    expect(Array.from(store.trace.label, (label) => store.trace.labels[label]).slice(1, 4)).toEqual([
      '東京',
      '東京',
      '',
    ]);
  });

  it('goes on from a reading of the store, whose columns share one buffer', () => {
    const read = decodeTrace(encodeTrace(buildTrace([toTraceSpan(live('job', null, 0, null))])));
    const { store, changes, merge } = storeOf(live('job', null, 0, null), live('gone', 'job', 1, 2));
    store.replace(read);
    expect(changes.at(-1)?.kind).toBe('replaced');
    expect(store.find(idOf('gone'))).toBe(-1);
    merge(live('ask', 'job', 2, null));
    merge(live('ask', 'job', 2, 4), live('job', null, 0, 5));
    expect(told(store.trace)).toEqual(['job 0-5', 'job/ask 2-4']);
  });

  it('merges once for all that arrived since the last frame', () => {
    const frames: (() => void)[] = [];
    const store = new TraceStore(undefined, (task) => frames.push(task));
    let changes = 0;
    const stop = store.subscribe(() => changes++);
    const job = live('job', null, 0, 5);
    store.apply([]);
    expect(frames).toHaveLength(0);
    store.apply([startOf(job)]);
    store.apply([live('ask', 'job', 1, null)]);
    store.apply([job]);
    expect([frames.length, changes, store.trace.count]).toEqual([1, 0, 0]);
    frames[0]?.();
    expect([changes, store.trace.count]).toEqual([1, 2]);
    stop();
    store.apply([live('more', 'job', 2, 3)]);
    expect(frames).toHaveLength(2);
    frames[1]?.();
    expect(changes).toBe(1);
  });

  it('comes to the trace that all spans at once would give, in whatever order and batches they arrive', () => {
    const random = seeded(7);
    for (let round = 0; round < 40; round++) {
      const all = [live('n0', null, 0, 1000)];
      for (let i = 1; i < 60; i++) {
        const parent = all[Math.floor(random() * all.length)] as LiveSpan;
        const from = (parent.start_us - ORIGIN_US) / 1000 + 1 + random() * 20;
        all.push(live(`n${i}`, parent.name, from, from + random() * 60));
      }
      const { store, merge } = storeOf();
      const arriving = shuffled([...all.map(startOf), ...all], random);
      while (arriving.length > 0) merge(...arriving.splice(0, 1 + Math.floor(random() * 12)));
      expect(told(store.trace).map(rounded)).toEqual(told(buildTrace(all.map(toTraceSpan))).map(rounded));
      expect([...store.tree.subtreeEnd]).toEqual([...buildTree(store.trace).subtreeEnd]);
    }
  });
});

describe('a live trace of 100,000 spans', () => {
  const total = 100_000;
  const batch = 500;

  it('grows in batches at a cost that a frame can bear', () => {
    const { store, merge } = storeOf(live('job', null, 0, null));
    const started = performance.now();
    for (let from = 0; from < total; from += batch) {
      merge(...Array.from({ length: batch }, (_, k) => numbered(from + k)));
    }
    // 200 merges; a second each would be what a cost of spans times siblings comes to.
    expect(performance.now() - started).toBeLessThan(15_000);
    expect(store.trace.count).toBe(total + 1);
    expect(store.find(numbered(total - 1).span_id)).toBe(total);
  });

  it('gives room ahead: most batches do not copy the columns', () => {
    const { store, merge } = storeOf(live('job', null, 0, null));
    const buffers = new Set<ArrayBufferLike>();
    for (let from = 0; from < total / 5; from += 100) {
      merge(...Array.from({ length: 100 }, (_, k) => numbered(from + k)));
      buffers.add(store.trace.startUs.buffer);
    }
    expect(buffers.size).toBeLessThan(20);
  });
});

const numbered = (i: number): LiveSpan =>
  live('call', 'job', i, i + 1, { span_id: (i + 1).toString(16).padStart(16, '0') });

const rounded = (line: string): string => line.replace(/\d+\.\d+/g, (n) => Number(n).toFixed(1));

/** Mulberry32: the same numbers in every run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function shuffled<T>(items: T[], random: () => number): T[] {
  for (let i = items.length - 1; i > 0; i--) {
    const k = Math.floor(random() * (i + 1));
    [items[i], items[k]] = [items[k] as T, items[i] as T];
  }
  return items;
}
