import { formatDuration, formatPercent } from '#shared/lib/format.ts';
import { stepName, stepPath } from '#shared/model/trace-align.ts';
import type { TraceColumns } from '#shared/model/trace-columns.ts';
import { isNoDifference, shareOf, type TraceDiff } from '#shared/model/trace-diff.ts';
import { layersOf } from '../layout/minimap.ts';
import type { TimeRange } from '../layout/tree.ts';
import { paintPair } from '../paint/pair.ts';
import type { StepModel, StepText } from './step-model.ts';

/** `▲ +1.24 s`, `▼ −312 ms`, `= 0 ms`: the shape says the same as the sign. */
export function deltaText(us: number): { readonly shape: '▲' | '▼' | '='; readonly figure: string } {
  if (isNoDifference(us)) return { shape: '=', figure: '0 ms' };
  return us > 0
    ? { shape: '▲', figure: `+${formatDuration(us / 1000)}` }
    : { shape: '▼', figure: formatDuration(us / 1000) };
}

/** `71.0 %`, `−36.0 %` where a step ran against the difference. */
export const shareText = (share: number): string => formatPercent(share).replace('-', '−');

/** Times of a step in one job, from that job's start; null where it has none. */
function timesIn(trace: TraceColumns, diff: TraceDiff, job: 'a' | 'b', row: number): TimeRange | null {
  const span = diff[job][row] ?? -1;
  if (span < 0) return null;
  const { startUs, endUs } = job === 'a' ? diff.timesA : diff.timesB;
  return { startUs: (trace.startUs[span] as number) - startUs, endUs: (endUs[span] as number) - startUs };
}

/** Two jobs on one axis: a above b. */
export class DiffSteps implements StepModel {
  readonly a: TraceColumns;
  readonly b: TraceColumns;
  readonly diff: TraceDiff;
  readonly figureTitle = 'B less A';
  readonly extent: TimeRange;
  private readonly layers: Uint8Array;

  constructor(a: TraceColumns, b: TraceColumns, diff: TraceDiff) {
    this.a = a;
    this.b = b;
    this.diff = diff;
    this.layers = layersOf(diff.steps.names);
    this.extent = { startUs: 0, endUs: Math.max(1, diff.timesA.wholeUs, diff.timesB.wholeUs) };
  }

  get count(): number {
    return this.diff.steps.count;
  }
  get parent(): Int32Array {
    return this.diff.steps.parent;
  }
  get depth(): Uint16Array {
    return this.diff.steps.depth;
  }
  get subtreeEnd(): Int32Array {
    return this.diff.steps.subtreeEnd;
  }
  get ranked(): Int32Array {
    return this.diff.ranked;
  }

  layer(row: number): number {
    return this.layers[this.diff.steps.name[row] as number] ?? 0;
  }

  inA(row: number): TimeRange | null {
    return timesIn(this.a, this.diff, 'a', row);
  }
  inB(row: number): TimeRange | null {
    return timesIn(this.b, this.diff, 'b', row);
  }

  times(row: number): TimeRange {
    const one = this.inA(row) ?? this.inB(row) ?? this.extent;
    const other = this.inB(row) ?? one;
    return { startUs: Math.min(one.startUs, other.startUs), endUs: Math.max(one.endUs, other.endUs) };
  }

  text(row: number): StepText {
    const { diff } = this;
    const inA = this.inA(row);
    const inB = this.inB(row);
    const ms = (range: TimeRange): string => formatDuration((range.endUs - range.startUs) / 1000);
    const share = shareOf(diff, diff.ownDeltaUs[row] as number);
    const explains =
      share === null || Math.abs(share) < 0.0005
        ? ''
        : `, its own time explains ${shareText(share)} of the difference`;
    const name = stepName(diff.steps, row);
    const detail = share !== null && Math.abs(share) >= 0.01 ? shareText(share) : '';
    const only = inA === null ? 'B' : inB === null ? 'A' : null;
    if (only !== null) {
      const range = inA ?? inB ?? this.extent;
      return {
        name,
        detail,
        mark: `◧ only in ${only}`,
        shape: '',
        figure: ms(range),
        spoken: `only in ${only}, ${ms(range)}${explains}`,
      };
    }
    const delta = deltaText(diff.durationDeltaUs[row] as number);
    const longer =
      delta.shape === '▲' ? 'longer in B' : delta.shape === '▼' ? 'shorter in B' : 'equally long';
    return {
      name,
      detail,
      mark: '',
      ...delta,
      spoken: `${longer}: ${inA === null ? '' : ms(inA)} in A, ${inB === null ? '' : ms(inB)} in B${explains}`,
    };
  }

  paint(scene: Parameters<StepModel['paint']>[0], row: number, y: number): void {
    paintPair(scene, this.inA(row), this.inB(row), (this.subtreeEnd[row] as number) > row + 1, y);
  }

  pathOf(row: number): string {
    return stepPath(this.diff.steps, row);
  }
}
