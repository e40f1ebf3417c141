import { hash } from 'node:crypto';
import { isTerminal } from '#shared/model/job.ts';
import type { Attributes } from '#shared/model/span.ts';
import type { TraceSpan } from '#shared/model/trace-build.ts';
import { SPAN_ERROR, SPAN_INFERRED, SPAN_LOST } from '#shared/model/trace-columns.ts';
import { type EpochMicroseconds, type Microseconds, toEpochMicroseconds } from '#shared/model/units.ts';
import { isErrorStatus } from './edge-rows.ts';
import type { JobFacts } from './job-facts.ts';
import { normaliseKind, normaliseStatus } from './job-index.ts';
import { labelOf } from './labels.ts';
import { canonicalise } from './legacy.ts';
import { parseObject } from './lenient-json.ts';
import type { RuneJobRow, WorkflowEventRow } from './rows.ts';

/** Stable ids for spans that RUNE recorded without any (reference: otel §4). */
export const inferredSpanId = (jobId: string, part: number | 'root' | 'provision'): string =>
  hash('sha256', `rune:${jobId}:${part}`, 'hex').slice(0, 16);

export interface InferenceInput {
  readonly job: Pick<RuneJobRow, 'job_id' | 'kind' | 'status' | 'created_at' | 'updated_at'>;
  readonly facts: JobFacts;
  /** Events without recorded ids, by id. */
  readonly rows: readonly WorkflowEventRow[];
  /** recorded_at is rounded to 128 s: no start can be computed from it. */
  readonly quantised: boolean;
  /** Add a root from created_at to updated_at when no job.execute was recorded. */
  readonly withRoot: boolean;
  readonly now: EpochMicroseconds;
}

type Inferred = { -readonly [K in keyof TraceSpan]: TraceSpan[K] };

/** A child may seem to begin this much before its parent: the two starts come from separate clock readings. */
const TOLERANCE_US: Microseconds = 1000;
/** No job runs longer; a job that says "running" without a sign of life for this long has lost its owner. */
export const STALE_AFTER_US: Microseconds = 86_400_000_000;

/**
 * Spans from events that hold only name, end and duration. An event is written when it ends, so it comes after what
 * happened inside it, and a span's children are what ended before it and began after it did:
 *
 *   id  1 |--|        child of 3
 *   id  2      |---|  child of 3
 *   id  3 |----------|
 *
 * Everything here carries SPAN_INFERRED; nothing of it is ever written back.
 */
export function inferSpans(input: InferenceInput): TraceSpan[] {
  const { job, rows, quantised } = input;
  const describe = describer(input.facts);
  const spans = rows.map((row, order): Inferred => {
    const { name, label } = describe(row.event, row.labels_json);
    const durationUs = Math.round((row.duration_ms ?? 0) * 1000);
    const endUs = toEpochMicroseconds(row.recorded_at);
    return {
      span_id: inferredSpanId(job.job_id, row.id),
      parent_span_id: null,
      name,
      // Rounded times: every bar begins at the first instant, in the order of the ids, with its own length.
      start_us: quantised ? toEpochMicroseconds(job.created_at) + order : endUs - durationUs,
      duration_us: durationUs,
      event_id: row.id,
      flags: SPAN_INFERRED | (isErrorStatus(row.status, row.error_type) ? SPAN_ERROR : 0),
      label,
      call: null,
    };
  });
  if (!quantised) {
    nest(spans, rows);
    addProvision(spans, rows, input);
  }
  addRoot(spans, rows, input);
  return spans;
}

function nest(spans: Inferred[], rows: readonly WorkflowEventRow[]): void {
  const byEnd = spans.map((_, i) => i);
  if (rows.some((row, i) => i > 0 && row.recorded_at < (rows[i - 1]?.recorded_at ?? 0))) {
    byEnd.sort((a, b) => (rows[a]?.recorded_at ?? 0) - (rows[b]?.recorded_at ?? 0) || a - b);
  }
  // Spans still without a parent; their starts only grow, so what a new span contains is on top.
  const waiting: Inferred[] = [];
  for (const i of byEnd) {
    const span = spans[i] as Inferred;
    for (let top = waiting.at(-1); top !== undefined && beganInside(top, span); top = waiting.at(-1)) {
      top.parent_span_id = span.span_id;
      waiting.pop();
    }
    waiting.push(span);
  }
}

/** The middle decides for very short spans, whose start may lie within the tolerance of a neighbour's. */
const beganInside = (child: Inferred, parent: Inferred): boolean =>
  child.start_us >= parent.start_us - TOLERANCE_US &&
  child.start_us + (child.duration_us ?? 0) / 2 >= parent.start_us;

const isProvisioning = (event: string): boolean =>
  event.startsWith('vastai.') || event.endsWith('.model.warmup');

/** RUNE had no span around renting an instance: from the reuse check to the last warm-up before the agent is asked. */
function addProvision(
  spans: Inferred[],
  rows: readonly WorkflowEventRow[],
  { job, facts }: InferenceInput,
): void {
  const first = rows.findIndex((row) => row.event === 'vastai.instance.reuse_check');
  if (first === -1 || rows.some((row) => row.event === 'provider.provision')) return;
  const asked = rows.findIndex((row, i) => i > first && row.event === 'agent.ask');
  const until = asked === -1 ? rows.length : asked;
  const last = rows.findLastIndex((row, i) => i >= first && i < until && isProvisioning(row.event));
  const inside = spans.slice(first, last + 1);
  const start = Math.min(...inside.map((span) => span.start_us));
  const end = Math.max(...inside.map((span) => span.start_us + (span.duration_us ?? 0)));
  const spanId = inferredSpanId(job.job_id, 'provision');
  const ids = new Set(inside.map((span) => span.span_id));
  const outer = (inside[0] as Inferred).parent_span_id;
  for (const span of inside) {
    if (span.parent_span_id === null || !ids.has(span.parent_span_id)) span.parent_span_id = spanId;
  }
  spans.push({
    span_id: spanId,
    parent_span_id: outer !== null && !ids.has(outer) ? outer : null,
    name: 'provider.provision',
    start_us: start,
    duration_us: end - start,
    event_id: 0,
    flags: SPAN_INFERRED | (inside.some((span) => (span.flags & SPAN_ERROR) !== 0) ? SPAN_ERROR : 0),
    label: facts.provider_type ?? 'vastai',
    call: null,
  });
}

function addRoot(spans: Inferred[], rows: readonly WorkflowEventRow[], input: InferenceInput): void {
  const { job, quantised, withRoot, now } = input;
  const recorded = rows.findIndex((row) => row.event === 'job.execute');
  if (recorded === -1 && !withRoot) return;
  const rootId = recorded === -1 ? inferredSpanId(job.job_id, 'root') : (spans[recorded] as Inferred).span_id;
  for (const span of spans) {
    if (span.parent_span_id === null && span.span_id !== rootId) span.parent_span_id = rootId;
  }
  if (recorded !== -1) return;
  const start = toEpochMicroseconds(job.created_at);
  const updated = toEpochMicroseconds(job.updated_at);
  const lastSign = rows.reduce((at, row) => Math.max(at, toEpochMicroseconds(row.recorded_at)), updated);
  const status = normaliseStatus(job.status);
  const ended = isTerminal(status);
  const stale = !ended && now - lastSign > STALE_AFTER_US;
  const longest = spans.reduce((most, span) => Math.max(most, span.duration_us ?? 0), 0);
  spans.push({
    span_id: rootId,
    parent_span_id: null,
    name: 'job.execute',
    start_us: start,
    duration_us:
      !ended && !stale ? null : quantised ? longest : Math.max(0, (ended ? updated : lastSign) - start),
    event_id: 0,
    flags: SPAN_INFERRED | (status === 'failed' ? SPAN_ERROR : 0) | (stale ? SPAN_ERROR | SPAN_LOST : 0),
    label: normaliseKind(job.kind),
    call: null,
  });
}

/** Labels repeat, so name and short text are worked out once per (event, labels). */
function describer(
  facts: JobFacts,
): (event: string, labels: string | null) => { name: string; label: string } {
  const known = new Map<string, { name: string; label: string }>();
  return (event, labels) => {
    const key = `${event}\n${labels ?? ''}`;
    let described = known.get(key);
    if (described === undefined) {
      const { name, attributes } = canonicalise(event, labelsOf(labels), facts);
      described = { name, label: labelOf(name, attributes) };
      if (known.size < 10_000) known.set(key, described);
    }
    return described;
  };
}

/** labels_json as attributes; what is no JSON object is kept whole under `rune.raw_labels`. */
export function labelsOf(labels: string | null): Attributes {
  if (labels === null) return {};
  return parseObject(labels).value ?? { 'rune.raw_labels': labels.slice(0, 4096) };
}
