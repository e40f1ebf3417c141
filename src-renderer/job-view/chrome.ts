import { placeOf } from './layout/find.ts';
import type { TraceView } from './trace-view.ts';

/** What the controls around the canvas show. A new object whenever one of these changed. */
export interface WaterfallChrome {
  readonly rowCount: number;
  readonly spanCount: number;
  readonly openCount: number;
  readonly errorCount: number;
  readonly matchCount: number;
  /** Place of the cursor among the matches, from 1; 0 when it is on none. */
  readonly matchAt: number;
  readonly follow: boolean;
  readonly zoomed: boolean;
  readonly criticalPath: boolean;
}

interface Shown {
  readonly model: TraceView;
  readonly follow: boolean;
  readonly zoomed: boolean;
  readonly criticalPath: boolean;
}

export function readChrome({ model, follow, zoomed, criticalPath }: Shown): WaterfallChrome {
  const { matches } = model;
  return {
    rowCount: model.rows.length,
    spanCount: model.trace.count,
    openCount: model.openCount,
    errorCount: model.errors.length,
    matchCount: matches.length,
    matchAt: matches.length === 0 ? 0 : placeOf(matches, model.cursor) + 1,
    follow,
    zoomed,
    criticalPath,
  };
}

export const sameChrome = (a: WaterfallChrome, b: WaterfallChrome): boolean =>
  (Object.keys(a) as (keyof WaterfallChrome)[]).every((key) => a[key] === b[key]);
