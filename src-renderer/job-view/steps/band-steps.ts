import { formatCount, formatDuration } from '#shared/lib/format.ts';
import type { BandRow, TraceBands } from '#shared/model/compare.ts';
import { layersOf } from '../layout/minimap.ts';
import type { TimeRange } from '../layout/tree.ts';
import { paintBand } from '../paint/band.ts';
import type { StepModel, StepText } from './step-model.ts';

/** Many jobs on one axis: each step as the percentiles of its start and its duration. */
export class BandSteps implements StepModel {
  readonly bands: TraceBands;
  readonly count: number;
  readonly parent: Int32Array;
  readonly depth: Uint16Array;
  readonly subtreeEnd: Int32Array;
  readonly ranked: Int32Array;
  readonly extent: TimeRange;
  readonly figureTitle = 'Median';
  private readonly layers: Uint8Array;

  constructor(bands: TraceBands) {
    const { rows } = bands;
    this.bands = bands;
    this.count = rows.length;
    this.parent = Int32Array.from(rows, ({ parent }) => parent);
    this.depth = Uint16Array.from(rows, ({ depth }) => depth);
    this.subtreeEnd = Int32Array.from(rows, (_, i) => i + 1);
    for (let i = rows.length - 1; i > 0; i--) {
      const parent = this.parent[i] as number;
      if (parent >= 0)
        this.subtreeEnd[parent] = Math.max(this.subtreeEnd[parent] as number, this.subtreeEnd[i] as number);
    }
    const spread = rows.map(({ duration }) => duration[2] - duration[0]);
    this.ranked = Int32Array.from(rows, (_, i) => i).sort(
      (x, y) => (spread[y] as number) - (spread[x] as number) || x - y,
    );
    let endMs = 0;
    for (const { start, duration } of rows) endMs = Math.max(endMs, start[2], start[1] + duration[2]);
    this.extent = { startUs: 0, endUs: Math.max(1, endMs * 1000) };
    this.layers = layersOf(rows.map(({ name }) => name.replace(/\[\d+\]$/, '')));
  }

  row(i: number): BandRow {
    const row = this.bands.rows[i];
    if (row === undefined) throw new RangeError(`There is no step ${i}.`);
    return row;
  }
  layer(i: number): number {
    return this.layers[i] ?? 0;
  }
  times(i: number): TimeRange {
    const { start, duration } = this.row(i);
    return { startUs: start[0] * 1000, endUs: (start[1] + duration[2]) * 1000 };
  }

  text(i: number): StepText {
    const { name, n, errors, duration } = this.row(i);
    const { jobs } = this.bands;
    return {
      name,
      detail: n === jobs ? '' : `${formatCount(n)} of ${formatCount(jobs)}`,
      mark: errors > 0 ? `✕ ${formatCount(errors)}` : '',
      shape: '',
      figure: formatDuration(duration[1]),
      spoken: `median ${formatDuration(duration[1])}, 10th to 90th percentile ${formatDuration(duration[0])} to ${formatDuration(duration[2])}, in ${n} of ${jobs} jobs${errors > 0 ? `, ${errors} with an error` : ''}`,
    };
  }

  paint(scene: Parameters<StepModel['paint']>[0], i: number, y: number): void {
    const { start, duration } = this.row(i);
    const us = (of: readonly [number, number, number]) =>
      of.map((ms) => ms * 1000) as [number, number, number];
    paintBand(scene, { start: us(start), duration: us(duration) }, this.layer(i), y);
  }
}
