import { describe, expect, it } from 'vitest';
import { type MadeJob, madeSource } from '#core/testing/made-figures.ts';
import { compareQuery } from '#shared/contract/compare.ts';
import { CodedError } from '#shared/model/failure.ts';
import { buildTrace, type TraceSpan } from '#shared/model/trace-build.ts';
import { encodeTrace, SPAN_INFERRED } from '#shared/model/trace-columns.ts';
import { phaseBreakdown } from './phases.ts';
import { populationOf } from './population.ts';
import { prepare } from './prepare.ts';
import { createTurns } from './turns.ts';

type Drawn = readonly [name: string, parent: number, ms: number];

function traceOf(spans: readonly Drawn[], flags = 0): ArrayBuffer {
  const id = (n: number): string => (n + 1).toString(16).padStart(16, '0');
  return encodeTrace(
    buildTrace(
      spans.map(
        ([name, parent, ms], i): TraceSpan => ({
          span_id: id(i),
          parent_span_id: parent < 0 ? null : id(parent),
          name,
          start_us: 1_700_000_000_000_000 + i,
          duration_us: ms * 1000,
          event_id: i + 1,
          flags,
          label: '',
          call: null,
        }),
      ),
    ),
  );
}

/** A job with the sums of its drawn spans. */
function drawn(job_id: string, spans: readonly Drawn[], more: Partial<MadeJob> = {}): MadeJob {
  const sums: Record<string, number> = {};
  for (const [name, , ms] of spans) sums[name] = (sums[name] ?? 0) + ms;
  return { job_id, spans: sums, ...more };
}

async function phases(
  jobs: readonly MadeJob[],
  trees: Readonly<Record<string, ArrayBuffer>>,
): Promise<{ readonly found: readonly object[]; readonly note: string | null; readonly read: number }> {
  let read = 0;
  const { population, groups } = prepare(populationOf([madeSource('own', jobs)]), compareQuery.parse({}));
  const {
    names,
    groups: all,
    note,
  } = await phaseBreakdown(population, groups, {
    trace: async (_, jobId) => {
      read++;
      const bytes = trees[jobId];
      if (bytes === undefined) throw new CodedError('job.not_found', 'There is no such job.');
      return bytes;
    },
    pause: createTurns(),
  });
  const found = all.map(({ own_ms, rest_ms, n }) => ({
    n,
    rest_ms: Math.round(rest_ms * 1e6) / 1e6,
    ...Object.fromEntries(names.map((name, i) => [name, Math.round((own_ms[i] ?? 0) * 1e6) / 1e6])),
  }));
  return { found, note, read };
}

const WHOLE: readonly Drawn[] = [
  ['job.execute', -1, 1000],
  ['provider.provision', 0, 300],
  ['backend.warmup', 1, 250],
  ['agent.ask', 0, 600],
  ['driver.call', 3, 580],
  ['tool.call', 4, 500],
];

describe('where the time goes', () => {
  it('is each span name less the names that lie in it, whatever it is called, and the rest of the job', async () => {
    const { found, note } = await phases([drawn('1', WHOLE, { duration_ms: 1010 })], { 1: traceOf(WHOLE) });
    expect(found).toEqual([
      {
        n: 1,
        rest_ms: 110,
        'provider.provision': 50,
        'backend.warmup': 250,
        'agent.ask': 20,
        'driver.call': 80,
        'tool.call': 500,
      },
    ]);
    expect(note).toBeNull();
  });

  it('is shared where a name lies in several places, in itself too', async () => {
    const spans: readonly Drawn[] = [
      ['a', -1, 100],
      ['http', 0, 30],
      ['b', -1, 100],
      ['http', 2, 10],
      ['http', 3, 4],
    ];
    const { found } = await phases([drawn('1', spans, { duration_ms: 210 })], { 1: traceOf(spans) });
    // The innermost 4 ms are in the sum twice.
    expect(found).toEqual([{ n: 1, rest_ms: 10, a: 70, b: 90, http: 40 }]);
  });

  it('of each group is by the tree of that group', async () => {
    const a: readonly Drawn[] = [
      ['agent.ask', -1, 100],
      ['plan', 0, 60],
    ];
    const b: readonly Drawn[] = [
      ['agent.ask', -1, 100],
      ['plan', -1, 60],
    ];
    const { found } = await phases(
      [drawn('a', a, { backend_type: 'a' }), drawn('b', b, { backend_type: 'b' })],
      { a: traceOf(a), b: traceOf(b) },
    );
    expect(found).toMatchObject([
      { 'agent.ask': 40, plan: 60 },
      { 'agent.ask': 100, plan: 60 },
    ]);
  });

  it('is never negative where calls ran side by side, and goes past containers that a job has not', async () => {
    const spans: readonly Drawn[] = [
      ['agent.ask', -1, 100],
      ['round', 0, 90],
      ['driver.call', 1, 90],
      ['driver.call', 1, 90],
    ];
    const without = drawn('2', [spans[0] as Drawn, ['driver.call', 0, 70]], { duration_ms: 200 });
    const { found } = await phases([drawn('1', spans, { duration_ms: 200 }), without], {
      1: traceOf(spans),
    });
    expect(found).toEqual([{ n: 2, rest_ms: 60, 'agent.ask': 15, round: 0, 'driver.call': 125 }]);
  });

  it('is the mean of succeeded jobs with spans', async () => {
    const one: readonly Drawn[] = [['agent.ask', -1, 100]];
    const three: readonly Drawn[] = [['agent.ask', -1, 300]];
    const jobs = [
      drawn('1', one),
      drawn('2', three),
      drawn('3', three, { status: 'failed' }),
      { job_id: '4' },
    ];
    const { found } = await phases(jobs, { 1: traceOf(one), 2: traceOf(three) });
    expect(found).toEqual([{ n: 2, rest_ms: 0, 'agent.ask': 200 }]);
    expect((await phases([{ job_id: '1' }], {})).found).toEqual([{ n: 0, rest_ms: 0 }]);
  });

  it('says which names have no known place, and when parents come from times', async () => {
    const gone = await phases([drawn('1', WHOLE, { duration_ms: 1000 })], {});
    expect(gone.found).toEqual([{ n: 1, rest_ms: 1000 }]);
    expect(gone.note).toContain('of unknown place: agent.ask, backend.warmup, driver.call');
    const inferred = await phases([drawn('1', WHOLE)], { 1: traceOf(WHOLE, SPAN_INFERRED) });
    expect(inferred.note).toContain('worked out from times');
  });

  it('knows where the spans of RUNE lie though rounded times nest nothing', async () => {
    const flat = WHOLE.map(([name, parent, ms]): Drawn => [name, parent === -1 ? -1 : 0, ms]);
    const { found, note } = await phases([drawn('1', flat, { duration_ms: 1000 })], {
      1: traceOf(flat, SPAN_INFERRED),
    });
    expect(found).toEqual([
      {
        n: 1,
        rest_ms: 100,
        'provider.provision': 50,
        'backend.warmup': 250,
        'agent.ask': 20,
        'driver.call': 580,
      },
    ]);
    expect(note).toContain('of unknown place: tool.call;');
  });

  it('reads the trees of some jobs only, spread over the group', async () => {
    const jobs = Array.from({ length: 500 }, (_, i) => drawn(`${i}`, WHOLE));
    const { read, found } = await phases(
      jobs,
      Object.fromEntries(jobs.map(({ job_id }) => [job_id, traceOf(WHOLE)])),
    );
    expect(read).toBe(12);
    expect(found).toMatchObject([{ n: 500, 'tool.call': 500 }]);
  });
});
