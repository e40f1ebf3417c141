import { describe, expect, it } from 'vitest';
import type { JobFigures } from '#core/store/job-figures.ts';
import { type MadeJob, madeSource } from '#core/testing/made-figures.ts';
import { CodedError } from '#shared/model/failure.ts';
import { buildTrace, type TraceSpan } from '#shared/model/trace-build.ts';
import { encodeTrace, SPAN_ERROR } from '#shared/model/trace-columns.ts';
import { MAX_ROWS } from './band-rows.ts';
import { createBands } from './bands.ts';

type Drawn = readonly [name: string, parent: number, startMs: number, ms: number | null, flags?: number];

const id = (n: number): string => n.toString(16).padStart(16, '0');
const ORIGIN_US = 1_700_000_000_000_000;

/** Spans as [name, index of the parent, start, duration]. */
function trace(job: number, spans: readonly Drawn[]): ArrayBuffer {
  return encodeTrace(
    buildTrace(
      spans.map(
        ([name, parent, startMs, ms, flags = 0], i): TraceSpan => ({
          span_id: id(job * 100_000 + i + 1),
          parent_span_id: parent < 0 ? null : id(job * 100_000 + parent + 1),
          name,
          start_us: ORIGIN_US + job * 3_600e6 + startMs * 1000,
          duration_us: ms === null ? null : ms * 1000,
          event_id: i + 1,
          flags,
          label: '',
          call: null,
        }),
      ),
    ),
  );
}

const HELD: Readonly<Record<string, readonly MadeJob[]>> = {
  own: [{ job_id: 'a' }, { job_id: 'b', tenant_id: 'x' }],
  archive: [{ job_id: 'a' }, { job_id: 'b', tenant_id: 'y' }],
};
const figures = async (source: string): Promise<JobFigures> => madeSource(source, HELD[source] ?? []).figures;

function over(traces: readonly ArrayBuffer[]): ReturnType<ReturnType<typeof createBands>> {
  const bands = createBands({ trace: async (_, jobId) => traces[Number(jobId)] as ArrayBuffer, figures });
  return bands(traces.map((_, i) => ({ source: 'own', job_id: String(i) })));
}

describe('the bands of many jobs', () => {
  it('are percentiles from each job’s own start, with the slowest one to go to', async () => {
    const jobs = Array.from({ length: 11 }, (_, i) =>
      trace(i, [
        ['job.execute', -1, 0, 1000],
        ['agent.ask', 0, 10 * i, 100 + 10 * i, i === 4 ? SPAN_ERROR : 0],
      ]),
    );
    const { rows, jobs: n, left_out, rows_left_out } = await over(jobs);
    expect([n, left_out, rows_left_out]).toEqual([11, 0, 0]);
    expect(rows).toEqual([
      {
        path: 'job.execute',
        name: 'job.execute',
        depth: 0,
        parent: -1,
        n: 11,
        errors: 0,
        start: [0, 0, 0],
        duration: [1000, 1000, 1000],
        slowest: { source: 'own', job_id: '0', span_id: id(1), duration_ms: 1000 },
      },
      {
        path: 'job.execute/agent.ask',
        name: 'agent.ask',
        depth: 1,
        parent: 0,
        n: 11,
        errors: 1,
        start: [10, 50, 90],
        duration: [110, 150, 190],
        slowest: { source: 'own', job_id: '10', span_id: id(1_000_002), duration_ms: 200 },
      },
    ]);
  });

  it('stand in tree order, siblings by their median start, whichever job had them first', async () => {
    const { rows } = await over([
      trace(0, [
        ['job', -1, 0, 100],
        ['b', 0, 40, 10],
        ['call', 1, 41, 2],
        ['call', 1, 44, 2],
      ]),
      trace(1, [
        ['job', -1, 0, 100],
        ['a', 0, 5, 10],
        ['b', 0, 40, 10],
        ['call', 2, 42, 2],
      ]),
    ]);
    expect(rows.map(({ path, n, parent }) => [path, n, parent])).toEqual([
      ['job', 2, -1],
      ['job/a', 1, 0],
      ['job/b', 2, 0],
      ['job/b/call', 2, 2],
      ['job/b/call[2]', 1, 2],
    ]);
  });

  it('leave out jobs without spans and jobs that are gone, and say so; a job named twice counts once', async () => {
    const bands = createBands({
      figures,
      trace: async (_, jobId) => {
        if (jobId === 'gone') throw new CodedError('job.not_found', 'There is no such job.');
        if (jobId === 'broken') throw new CodedError('store.unreadable', 'The file is damaged.');
        return trace(1, jobId === 'empty' ? [] : [['job', -1, 0, null]]);
      },
    });
    const job = (job_id: string) => ({ source: 'own', job_id });
    const found = await bands([job('x'), job('gone'), job('empty'), job('x')]);
    expect(found).toMatchObject({ jobs: 1, left_out: 2, duplicates: 1 });
    expect(found.rows[0]).toMatchObject({ n: 1, duration: [0, 0, 0] });
    expect((await bands([job('empty')])).rows).toEqual([]);
    await expect(bands([job('broken')])).rejects.toMatchObject({ code: 'store.unreadable' });
  });

  it('have a job that two sources hold once, as the first has it; the same id of another tenant is another', async () => {
    const read: string[] = [];
    const bands = createBands({
      figures,
      trace: async (source, jobId) => {
        read.push(`${source}/${jobId}`);
        return trace(1, [['job', -1, 0, source === 'own' ? 10 : 99]]);
      },
    });
    const jobs = ['own/a', 'archive/a', 'own/b', 'archive/b', 'archive/gone'].map((ref) => {
      const [source = '', job_id = ''] = ref.split('/');
      return { source, job_id };
    });
    const found = await bands(jobs);
    expect(read).toEqual(['own/a', 'own/b', 'archive/b', 'archive/gone']);
    expect(found).toMatchObject({ jobs: 4, left_out: 0, duplicates: 1 });
  });

  it('show the 2,000 steps of most jobs, each with its parent, and count the others', async () => {
    const common = Array.from({ length: 500 }, (_, i): Drawn => [`common.${i}`, 0, 5000 + i, 1]);
    const rare = Array.from({ length: 1000 }, (_, i): readonly Drawn[] => [
      [`rare.${i}`, 0, i, 1],
      ['inside', 1 + 2 * i, i, 1],
    ]).flat();
    const { rows, rows_left_out } = await over([
      trace(0, [['job', -1, 0, 9000], ...rare, ...common]),
      trace(1, [['job', -1, 0, 9000], ...common]),
    ]);
    expect(rows).toHaveLength(MAX_ROWS);
    expect(rows_left_out).toBe(501);
    expect(rows.filter(({ n }) => n === 2)).toHaveLength(501);
    for (const { parent, path } of rows) {
      const above = rows[parent]?.path;
      expect(path.startsWith(above === undefined ? 'job' : `${above}/`)).toBe(true);
    }
  });

  it('let others have their turn', async () => {
    const spans: Drawn[] = [['job', -1, 0, 9000]];
    for (let i = 0; i < 400; i++) spans.push([`step.${i}`, 0, i, 1]);
    const all = Array.from({ length: 300 }, (_, i) => trace(i, spans));
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    await over(all);
    clearInterval(timer);
    expect(turns).toBeGreaterThan(2);
  });
});
