import type { ReactNode } from 'react';
import { formatCount, formatDuration, formatDurationExact, formatPercent } from '#shared/lib/format.ts';
import {
  SPAN_CLAMPED,
  SPAN_ERROR,
  SPAN_EXTERNAL,
  SPAN_INFERRED,
  SPAN_LOST,
} from '#shared/model/trace-columns.ts';
import { callOf, PHASE_NAMES } from './layout/anatomy.ts';
import { figuresOf } from './layout/figures.ts';
import { gapNumber, isGapRow, type Row } from './layout/rows.ts';
import { TipLine, TipNote } from './tip-parts.tsx';
import type { TraceView } from './trace-view.ts';

/** What the pointer rests on, in figures. */
export const RowTooltip = ({ view, row }: { readonly view: TraceView; readonly row: Row }): ReactNode => {
  if (isGapRow(row)) return <GapTooltip view={view} row={row} />;
  if (row >= view.trace.count) return null;
  const { trace } = view;
  const figures = figuresOf(trace, view.tree, view.path, row, view.nowUs());
  const flags = trace.flags[row] as number;
  const label = trace.labels[trace.label[row] as number];
  const call = callOf(trace, row);
  return (
    <>
      <div className="wf-tip-title">
        {trace.names[trace.name[row] as number]} {label !== '' && <span className="wf-dim">{label}</span>}
        {(flags & SPAN_ERROR) !== 0 && <span className="wf-tip-error">✕ error</span>}
      </div>
      <TipLine name="start" value={formatDuration(figures.startUs / 1000)} />
      <TipLine
        name={figures.open ? 'so far' : (flags & SPAN_LOST) !== 0 ? 'at least' : 'duration'}
        value={formatDuration(figures.durationUs / 1000)}
        title={formatDurationExact(figures.durationUs / 1000)}
      />
      <TipLine name="self" value={formatDuration(figures.selfUs / 1000)} />
      {figures.criticalUs > 0 && (
        <TipLine name="critical path" value={formatDuration(figures.criticalUs / 1000)} />
      )}
      {figures.shareOfParent !== null && (
        <TipLine name="of parent" value={formatPercent(figures.shareOfParent)} />
      )}
      {figures.shareOfJob !== null && <TipLine name="of job" value={formatPercent(figures.shareOfJob)} />}
      {figures.percentile !== null && (
        <TipLine
          name="percentile"
          value={`p${Math.round(figures.percentile * 100)} of ${formatCount(figures.likeSpans)}`}
        />
      )}
      {figures.descendants > 0 && (
        <TipLine name="inside" value={`${formatCount(figures.descendants)} spans`} />
      )}
      {call?.phases.map(({ phase, ms, source }) => (
        <TipLine key={`${phase} ${ms}`} name={PHASE_NAMES[phase]} value={formatDuration(ms)} note={source} />
      ))}
      {(flags & SPAN_INFERRED) !== 0 && <TipNote>Start or parent inferred from time, not recorded.</TipNote>}
      {(flags & SPAN_CLAMPED) !== 0 && (
        <TipNote>
          {(flags & SPAN_EXTERNAL) === 0
            ? 'Widened to hold children that another clock measured.'
            : 'Moved or widened: its clock disagrees with those around it.'}
        </TipNote>
      )}
      {(flags & SPAN_LOST) !== 0 && <TipNote>Lost: its process ended before it did.</TipNote>}
    </>
  );
};

const GapTooltip = ({ view, row }: { readonly view: TraceView; readonly row: Row }): ReactNode => {
  const gap = view.gaps[gapNumber(row)];
  if (gap === undefined) return null;
  const { trace } = view;
  const parentUs = trace.durationUs[gap.parent] as number;
  return (
    <>
      <div className="wf-tip-title">gap</div>
      <TipLine name="start" value={formatDuration((gap.startUs - view.extent().startUs) / 1000)} />
      <TipLine name="duration" value={formatDuration((gap.endUs - gap.startUs) / 1000)} />
      <TipLine name="of parent" value={formatPercent((gap.endUs - gap.startUs) / parentUs)} />
      <TipNote>{`No child of ${trace.names[trace.name[gap.parent] as number] ?? 'the parent'} ran.`}</TipNote>
    </>
  );
};
