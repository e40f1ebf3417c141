import { describe, expect, it } from 'vitest';
import { SPAN_ERROR, SPAN_INFERRED, SPAN_LOST } from '#shared/model/trace-columns.ts';
import { type InferenceInput, inferredSpanId, inferSpans } from './infer.ts';
import { factsOf } from './job-facts.ts';
import type { WorkflowEventRow } from './rows.ts';

const BASE = 1_777_000_000;
const JOB = '0af76519-16cd-43dd-8448-eb211c80319c';
let nextId = 1;
/** An event that ended `end` seconds after BASE and took `seconds`. */
const ended = (event: string, end: number, seconds: number | null, more: Partial<WorkflowEventRow> = {}) => ({
  id: nextId++,
  job_id: JOB,
  event,
  status: 'ok',
  duration_ms: seconds === null ? null : seconds * 1000,
  error_type: null,
  labels_json: null,
  recorded_at: BASE + end,
  ...more,
});
const infer = (rows: WorkflowEventRow[], more: Partial<InferenceInput> = {}) =>
  inferSpans({
    job: { job_id: JOB, kind: 'benchmark', status: 'succeeded', created_at: BASE, updated_at: BASE + 60 },
    facts: factsOf('benchmark', {
      request: { backend_type: 'ollama', vastai: true },
      result: null,
      notes: [],
    }),
    rows,
    quantised: false,
    withRoot: true,
    now: (BASE + 100) * 1e6,
    ...more,
  });
/** `child < parent` for each span, roots alone, in the order of the ids. */
function tree(spans: ReturnType<typeof infer>): string[] {
  const nameOf = (id: string): string => {
    const span = spans.find((other) => other.span_id === id);
    return `${span?.name}${span?.event_id === 0 ? '*' : ''}`;
  };
  return spans.map((span) =>
    span.parent_span_id === null
      ? nameOf(span.span_id)
      : `${nameOf(span.span_id)} < ${nameOf(span.parent_span_id)}`,
  );
}

describe('nesting by time', () => {
  //  id 1    |--|            x
  //  id 2         |---|      y
  //  id 3  |----------|      z
  //  id 4               |-|  w
  it('gives what ended before and began after a span to that span', () => {
    const rows = [ended('x', 12, 2), ended('y', 18, 4), ended('z', 18, 9), ended('w', 20, 2)];
    expect(tree(infer(rows))).toEqual([
      'x < z',
      'y < z',
      'z < job.execute*',
      'w < job.execute*',
      'job.execute*',
    ]);
  });

  it('keeps neighbours apart however short they are, and forgives a late clock reading', () => {
    const rows = [
      ended('tiny', 10, 0.00001),
      ended('long', 20, 10),
      ended('tinier', 20.00002, 0.00001),
      ended('early', 30, 5.0003),
      ended('around', 30.0001, 5),
    ];
    expect(tree(infer(rows))).toEqual([
      'tiny < job.execute*',
      'long < job.execute*',
      'tinier < job.execute*',
      'early < around',
      'around < job.execute*',
      'job.execute*',
    ]);
  });

  it('goes by the time of the end when ids do not follow it', () => {
    const rows = [ended('outer', 20, 10), ended('inner', 15, 2)];
    expect(tree(infer(rows))).toContain('inner < outer');
  });

  it('makes a recorded job.execute the root of everything', () => {
    const rows = [ended('agent.ask', 5, 1), ended('late', 70, 1), ended('job.execute', 60, 58)];
    expect(tree(infer(rows))).toEqual(['agent.ask < job.execute', 'late < job.execute', 'job.execute']);
  });

  it('treats an unknown duration as an instant', () => {
    const [span] = infer([ended('x', 12, null)]);
    expect(span).toMatchObject({ start_us: (BASE + 12) * 1e6, duration_us: 0 });
  });
});

describe('a run on a rented GPU', () => {
  const rows = (): WorkflowEventRow[] => [
    ended('vastai.instance.reuse_check', 1, 0.5),
    ended('vastai.offer_search', 2, 1),
    ended('vastai.instance.create', 4, 2),
    ended('vastai.instance.wait_running', 30, 26),
    ended('ollama.model.warmup', 39, 8.9),
    ended('vastai.model.pull', 39.1, 9.1),
    ended('ollama.model.warmup', 40, 0.9),
    ended('agent.ask', 50, 10, { status: 'error' }),
  ];

  it('gets a synthetic provider.provision around its renting, with the warm-up inside the pull', () => {
    const spans = infer(rows());
    expect(tree(spans)).toEqual([
      'vastai.instance_reuse_check < provider.provision*',
      'vastai.offer_search < provider.provision*',
      'vastai.instance_create < provider.provision*',
      'vastai.instance_wait < provider.provision*',
      'backend.warmup < backend.warmup',
      'backend.warmup < provider.provision*',
      'backend.warmup < provider.provision*',
      'agent.ask < job.execute*',
      'provider.provision* < job.execute*',
      'job.execute*',
    ]);
    const provision = spans.find((span) => span.name === 'provider.provision');
    expect(provision).toMatchObject({
      start_us: (BASE + 0.5) * 1e6,
      duration_us: 39.5e6,
      flags: SPAN_INFERRED,
    });
    expect(spans.map((span) => (span.flags & SPAN_ERROR) !== 0).indexOf(true)).toBe(7);
  });

  it('ends it with the step that failed', () => {
    const failed = infer(rows().slice(0, 2));
    expect(failed.find((span) => span.name === 'provider.provision')?.duration_us).toBe(1.5e6);
  });

  it('keeps a recorded provider.provision', () => {
    const spans = infer([...rows(), ended('provider.provision', 50, 49.6)]);
    expect(spans.filter((span) => span.name === 'provider.provision')).toHaveLength(1);
  });
});

describe('the root of a job without job.execute', () => {
  const root = (more: Partial<InferenceInput['job']>, now = BASE + 100) =>
    infer([ended('x', 70, 1)], {
      job: {
        job_id: JOB,
        kind: 'benchmark',
        status: 'succeeded',
        created_at: BASE,
        updated_at: BASE + 60,
        ...more,
      },
      now: now * 1e6,
    }).at(-1);

  it('reaches from creation to the last update, and has the id derived from the job', () => {
    expect(root({})).toMatchObject({
      span_id: inferredSpanId(JOB, 'root'),
      start_us: BASE * 1e6,
      duration_us: 60e6,
      flags: SPAN_INFERRED,
      label: 'benchmark',
    });
    expect(inferredSpanId(JOB, 'root')).toMatch(/^[0-9a-f]{16}$/);
  });

  it('is open while the job runs, and lost when nothing was heard for more than a day', () => {
    expect(root({ status: 'running' })?.duration_us).toBeNull();
    const lost = root({ status: 'running' }, BASE + 70 + 86_401);
    expect(lost).toMatchObject({ duration_us: 70e6, flags: SPAN_INFERRED | SPAN_ERROR | SPAN_LOST });
  });
});

it('puts spans with rounded times in the order of their ids, with their own lengths', () => {
  const rows = [ended('b', 0, 5), ended('a', 0, 3)];
  const spans = infer(rows, { quantised: true });
  expect(spans.map(({ name, start_us, duration_us }) => [name, start_us - BASE * 1e6, duration_us])).toEqual([
    ['b', 0, 5e6],
    ['a', 1, 3e6],
    ['job.execute', 0, 5e6],
  ]);
});
