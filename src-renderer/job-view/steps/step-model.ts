import type { TimeRange } from '../layout/tree.ts';
import type { HatchPatterns } from '../paint/hatch.ts';
import type { Palette } from '../paint/palette.ts';
import type { Surface } from '../paint/surface.ts';

/** What a row says, by its parts; the shape carries the same as the colour. */
export interface StepText {
  readonly name: string;
  readonly detail: string;
  /** A word with a shape beside the name; empty for none. */
  readonly mark: string;
  readonly shape: '▲' | '▼' | '=' | '';
  readonly figure: string;
  /** What only a screen reader needs besides. */
  readonly spoken: string;
}

export interface StepScene {
  readonly surface: Surface;
  readonly palette: Palette;
  readonly hatches: HatchPatterns;
  readonly range: TimeRange;
}

/** Steps of several jobs as a grid draws them: a tree in pre-order, one time axis, an order of importance. */
export interface StepModel {
  readonly count: number;
  /** Index of the parent row, -1 for a root. */
  readonly parent: Int32Array;
  readonly depth: Uint16Array;
  /** The subtree of row i is [i, subtreeEnd[i]). */
  readonly subtreeEnd: Int32Array;
  /** Rows by importance, most important first. */
  readonly ranked: Int32Array;
  /** Microseconds since each job's own start. */
  readonly extent: TimeRange;
  readonly figureTitle: string;
  text(row: number): StepText;
  /** Index into SPAN_LAYERS. */
  layer(row: number): number;
  times(row: number): TimeRange;
  paint(scene: StepScene, row: number, y: number): void;
}

export type StepOrder = 'tree' | 'ranked';
