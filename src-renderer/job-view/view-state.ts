import type { TimeRange } from './layout/tree.ts';

/** What a link or a restart brings back. */
export interface WaterfallViewState {
  /** Microseconds since the trace's origin; null shows all of it. */
  readonly range: TimeRange | null;
  readonly query: string;
  /** Keeps the time axis at now while spans are open. */
  readonly follow: boolean;
  /** Width of the tree as a share of the whole. */
  readonly treeShare: number;
  readonly criticalPath: boolean;
}

export const DEFAULT_VIEW_STATE: WaterfallViewState = {
  range: null,
  query: '',
  follow: true,
  treeShare: 0.38,
  criticalPath: true,
};

export const sameViewState = (a: WaterfallViewState, b: WaterfallViewState): boolean =>
  a.range?.startUs === b.range?.startUs &&
  a.range?.endUs === b.range?.endUs &&
  a.query === b.query &&
  a.follow === b.follow &&
  a.treeShare === b.treeShare &&
  a.criticalPath === b.criticalPath;
