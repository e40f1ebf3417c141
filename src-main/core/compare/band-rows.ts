import { quantile } from '#shared/lib/statistics/quantile.ts';
import type { BandRow } from '#shared/model/compare.ts';
import { type AlignedSteps, StepAlignment, stepName, stepPath } from '#shared/model/trace-align.ts';
import { SPAN_ERROR, spanIdAt, type TraceColumns } from '#shared/model/trace-columns.ts';

/** A job whose trace takes part. */
export interface BandJob {
  readonly source: string;
  readonly job_id: string;
}

export const MAX_ROWS = 2000;
/** Traces beyond either are left out: laid over one another they would fill the memory, and no screen. */
const MAX_JOB_SPANS = 100_000;
const MAX_SPANS = 2_000_000;

interface Added {
  readonly job: BandJob;
  readonly trace: TraceColumns;
  readonly stepOf: Int32Array;
  readonly startUs: number;
}

/** Traces one after another, then the percentiles of each step over all of them. */
export class BandBuilder {
  private readonly alignment = new StepAlignment();
  private readonly added: Added[] = [];
  private spans = 0;

  get jobs(): number {
    return this.added.length;
  }

  /** False when the job is left out: it has no spans, or too many. */
  add(job: BandJob, trace: TraceColumns): boolean {
    if (trace.count === 0 || trace.count > MAX_JOB_SPANS || this.spans + trace.count > MAX_SPANS)
      return false;
    let startUs = Number.POSITIVE_INFINITY;
    for (let i = 0; i < trace.count; i++) startUs = Math.min(startUs, trace.startUs[i] as number);
    this.spans += trace.count;
    this.added.push({ job, trace, stepOf: this.alignment.add(trace), startUs });
    return true;
  }

  /**
   * Spans sorted by step (a counting sort), then each step's starts and durations on their own; `pause` is awaited
   * now and then. Steps of fewest jobs are left out over MAX_ROWS; a step has at least as many jobs as those inside
   * it, so a shown row's parent is shown.
   */
  async rows(pause: () => Promise<void>): Promise<{ rows: readonly BandRow[]; leftOut: number }> {
    const { steps, placeOf } = this.alignment.finish();
    const n = new Uint32Array(steps.count);
    for (const { stepOf } of this.added) {
      for (const step of stepOf) tally(n, placeOf[step] as number);
      await pause();
    }
    const shown = mostCommon(n, this.added.length);
    const slotOf = new Int32Array(steps.count).fill(-1);
    shown.forEach((step, slot) => {
      slotOf[step] = slot;
    });
    const gathered = await this.gather(shown, n, slotOf, placeOf, pause);
    const rows: BandRow[] = [];
    for (let slot = 0; slot < shown.length; slot++) {
      rows.push(this.row(steps, shown[slot] as number, slotOf, gathered, slot));
      if (slot % 16 === 15) await pause();
    }
    return { rows: inOrderOfStart(rows), leftOut: steps.count - shown.length };
  }

  private async gather(
    shown: Int32Array,
    n: Uint32Array,
    slotOf: Int32Array,
    placeOf: Int32Array,
    pause: () => Promise<void>,
  ): Promise<Gathered> {
    const from = new Uint32Array(shown.length + 1);
    shown.forEach((step, slot) => {
      from[slot + 1] = (from[slot] as number) + (n[step] as number);
    });
    const total = from[shown.length] as number;
    const next = from.slice();
    const gathered: Gathered = {
      from,
      startMs: new Float64Array(total),
      durationMs: new Float64Array(total),
      errors: new Uint32Array(shown.length),
      longest: new Float64Array(shown.length).fill(-1),
      longestJob: new Int32Array(shown.length).fill(-1),
      longestSpan: new Int32Array(shown.length),
    };
    for (const [job, { trace, stepOf, startUs: origin }] of this.added.entries()) {
      const last = lastEnd(trace);
      for (let i = 0; i < trace.count; i++) {
        const slot = slotOf[placeOf[stepOf[i] as number] as number] as number;
        if (slot < 0) continue;
        const start = trace.startUs[i] as number;
        const recorded = trace.durationUs[i] as number;
        const durationMs = (recorded >= 0 ? recorded : Math.max(0, last - start)) / 1000;
        const at = next[slot] as number;
        next[slot] = at + 1;
        gathered.startMs[at] = (start - origin) / 1000;
        gathered.durationMs[at] = durationMs;
        if (((trace.flags[i] as number) & SPAN_ERROR) !== 0) tally(gathered.errors, slot);
        if (durationMs <= (gathered.longest[slot] as number)) continue;
        gathered.longest[slot] = durationMs;
        gathered.longestJob[slot] = job;
        gathered.longestSpan[slot] = i;
      }
      await pause();
    }
    return gathered;
  }

  private row(
    steps: AlignedSteps,
    step: number,
    slotOf: Int32Array,
    gathered: Gathered,
    slot: number,
  ): BandRow {
    const { from, startMs, durationMs } = gathered;
    const slice = (of: Float64Array): Float64Array => of.subarray(from[slot], from[slot + 1]).sort();
    const { job, trace } = this.added[gathered.longestJob[slot] as number] as Added;
    const parent = steps.parent[step] as number;
    return {
      path: stepPath(steps, step),
      name: stepName(steps, step),
      depth: steps.depth[step] as number,
      parent: parent < 0 ? -1 : (slotOf[parent] as number),
      n: (from[slot + 1] as number) - (from[slot] as number),
      errors: gathered.errors[slot] as number,
      start: band(slice(startMs)),
      duration: band(slice(durationMs)),
      slowest: {
        source: job.source,
        job_id: job.job_id,
        span_id: spanIdAt(trace, gathered.longestSpan[slot] as number),
        duration_ms: gathered.longest[slot] as number,
      },
    };
  }
}

interface Gathered {
  /** Where each slot's values begin. */
  readonly from: Uint32Array;
  readonly startMs: Float64Array;
  readonly durationMs: Float64Array;
  readonly errors: Uint32Array;
  readonly longest: Float64Array;
  readonly longestJob: Int32Array;
  readonly longestSpan: Int32Array;
}

const tally = (counts: Uint32Array, at: number): void => {
  counts[at] = (counts[at] as number) + 1;
};

function band(ascending: Float64Array): [number, number, number] {
  const sample = { n: ascending.length, ascending };
  const of = (p: number): number => quantile(sample, p).value ?? 0;
  return [of(0.1), of(0.5), of(0.9)];
}

/** The steps of most jobs, in their order. Ties go to the earlier one, which a parent is. */
function mostCommon(n: Uint32Array, jobs: number): Int32Array {
  const stepsOfN = new Uint32Array(jobs + 1);
  for (const of of n) tally(stepsOfN, of);
  let least = jobs;
  let more = 0;
  while (least > 0 && more + (stepsOfN[least] as number) <= MAX_ROWS) more += stepsOfN[least--] as number;
  let ties = MAX_ROWS - more;
  const shown: number[] = [];
  n.forEach((of, step) => {
    if (of > least || (of === least && ties-- > 0)) shown.push(step);
  });
  return Int32Array.from(shown);
}

function lastEnd({ count, startUs, durationUs }: TraceColumns): number {
  let last = 0;
  for (let i = 0; i < count; i++) {
    const end = (startUs[i] as number) + (durationUs[i] as number);
    if (end > last) last = end;
  }
  return last;
}

/** Tree order with siblings by median start: in which they mostly happen, whichever job came first. */
function inOrderOfStart(rows: readonly BandRow[]): readonly BandRow[] {
  const children = new Map<number, number[]>();
  rows.forEach((row, i) => {
    const siblings = children.get(row.parent);
    if (siblings === undefined) children.set(row.parent, [i]);
    else siblings.push(i);
  });
  const median = (i: number): number => rows[i]?.start[1] ?? 0;
  for (const siblings of children.values()) siblings.sort((x, y) => median(y) - median(x) || y - x);
  const ordered: BandRow[] = [];
  const placeOf = new Map<number, number>([[-1, -1]]);
  const waiting = [...(children.get(-1) ?? [])];
  for (let i = waiting.pop(); i !== undefined; i = waiting.pop()) {
    const row = rows[i] as BandRow;
    placeOf.set(i, ordered.push({ ...row, parent: placeOf.get(row.parent) ?? -1 }) - 1);
    for (const child of children.get(i) ?? []) waiting.push(child);
  }
  return ordered;
}
