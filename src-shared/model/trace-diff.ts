import { type AlignedSteps, StepAlignment } from './trace-align.ts';
import type { TraceColumns } from './trace-columns.ts';
import { type OwnTime, ownTimeOf } from './trace-own-time.ts';
import type { Microseconds } from './units.ts';

/** Two jobs laid over one another: a row per step, times from each job's own start. */
export interface TraceDiff {
  readonly steps: AlignedSteps;
  /** Index of the span in each trace; -1 where the job does not have the step. */
  readonly a: Int32Array;
  readonly b: Int32Array;
  /** b less a; NaN where only one job has the step. */
  readonly durationDeltaUs: Float64Array;
  /** b less a of the step's own time, a missing one counting 0: these and `restUs` sum to `deltaUs`. */
  readonly ownDeltaUs: Float64Array;
  /** Rows by the size of their own difference, largest first. */
  readonly ranked: Int32Array;
  readonly timesA: OwnTime;
  readonly timesB: OwnTime;
  /** Difference of the jobs' durations. */
  readonly deltaUs: Microseconds;
  /** What no step's own time accounts for: gaps between roots. */
  readonly restUs: Microseconds;
}

/**
 *   a   job   |----------|              b   job   |------------------|
 *       ask    |--------|                   ask    |----------------|
 *       call    |------|                    call    |--------------|
 *
 *   deltaUs +8    call explains +8 of it (100 %), ask and job 0 each, rest 0
 */
export function diffTraces(a: TraceColumns, b: TraceColumns): TraceDiff {
  const alignment = new StepAlignment();
  const stepsOfA = alignment.add(a);
  const stepsOfB = alignment.add(b);
  const { steps, placeOf } = alignment.finish();
  const { count } = steps;
  const spansOf = (stepOf: Int32Array): Int32Array => {
    const spans = new Int32Array(count).fill(-1);
    stepOf.forEach((step, span) => {
      spans[placeOf[step] as number] = span;
    });
    return spans;
  };
  const inA = spansOf(stepsOfA);
  const inB = spansOf(stepsOfB);
  const timesA = ownTimeOf(a);
  const timesB = ownTimeOf(b);
  const durationDeltaUs = new Float64Array(count).fill(Number.NaN);
  const ownDeltaUs = new Float64Array(count);
  const deltaUs = timesB.wholeUs - timesA.wholeUs;
  let explained = 0;
  for (let row = 0; row < count; row++) {
    const i = inA[row] as number;
    const k = inB[row] as number;
    const own = (k < 0 ? 0 : (timesB.ownUs[k] as number)) - (i < 0 ? 0 : (timesA.ownUs[i] as number));
    ownDeltaUs[row] = own;
    explained += own;
    if (i < 0 || k < 0) continue;
    const ranA = (timesA.endUs[i] as number) - (a.startUs[i] as number);
    const ranB = (timesB.endUs[k] as number) - (b.startUs[k] as number);
    durationDeltaUs[row] = ranB - ranA;
  }
  const size = (row: number): number => Math.abs(ownDeltaUs[row] as number);
  const ranked = Int32Array.from(ownDeltaUs, (_, row) => row).sort((x, y) => size(y) - size(x) || x - y);
  return {
    steps,
    a: inA,
    b: inB,
    durationDeltaUs,
    ownDeltaUs,
    ranked,
    timesA,
    timesB,
    deltaUs,
    restUs: deltaUs - explained,
  };
}

/** Durations this close are the same: clocks read no finer. */
export const isNoDifference = (deltaUs: Microseconds): boolean => Math.abs(deltaUs) <= 1;

/** The share of the difference a part of it explains; null where both jobs took the same time. */
export const shareOf = (diff: TraceDiff, partUs: Microseconds): number | null =>
  isNoDifference(diff.deltaUs) ? null : partUs / diff.deltaUs;
