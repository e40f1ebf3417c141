import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { paths } from '#renderer/client/routes.ts';
import { isNarrowed, NO_FILTER } from '#renderer/widgets/job-filter/filter-codec.ts';
import { Banner, EmptyState } from '#renderer/widgets/notice.tsx';
import { formatCount } from '#shared/lib/format.ts';
import { type CompareResult, DIMENSIONS } from '#shared/model/compare.ts';
import { type CompareView, groupedBy } from './compare-url.ts';
import { dimensionTitle } from './words.ts';

type Change = (view: CompareView) => void;

/** No job is compared: why, and what would change it. */
export function NothingCompared(props: {
  readonly view: CompareView;
  readonly result: CompareResult;
  readonly onChange: Change;
}): ReactNode {
  const { view, result, onChange } = props;
  const demo = result.demo_left_out;
  if (demo > 0) {
    return (
      <EmptyState
        title="Only demo jobs match"
        action={
          <Button onClick={() => onChange({ ...view, filter: { ...view.filter, demo: true } })}>
            Include {formatCount(demo)} demo {demo === 1 ? 'job' : 'jobs'}
          </Button>
        }
      >
        The demo backend measures no real model, so its jobs are left out of comparisons.
      </EmptyState>
    );
  }
  if (view.pick !== null || isNarrowed({ ...view.filter, demo: null })) {
    return (
      <EmptyState
        title="No job matches"
        action={
          <Button
            onClick={() =>
              onChange({ ...view, pick: null, filter: { ...NO_FILTER, demo: view.filter.demo } })
            }
          >
            {view.pick === null ? 'Clear the filters' : 'Compare all jobs'}
          </Button>
        }
      >
        {view.pick === null
          ? 'There may be jobs, but none with these filters in these sources.'
          : 'The picked jobs are in none of the open sources.'}
      </EmptyState>
    );
  }
  return (
    <EmptyState title="Nothing to compare yet" action={<a href={`#${paths.newJob()}`}>New job</a>}>
      Run the same questions on two backends, models or agents, or open a RUNE store: their durations, success
      and cost are laid side by side here, with how sure the difference is.
    </EmptyState>
  );
}

/** A hand-picked comparison with an empty side. */
export function SideMissing(props: { readonly view: CompareView; readonly onChange: Change }): ReactNode {
  const side = (props.view.pick?.a.length ?? 0) === 0 ? 'A' : 'B';
  return (
    <EmptyState
      title={`No job in ${side}`}
      action={
        <Button onClick={() => props.onChange({ ...props.view, pick: null })}>
          Compare all jobs instead
        </Button>
      }
    >
      Select jobs on the board, keep them as A with Shift A, select others and compare them with Shift B.
    </EmptyState>
  );
}

/** One group is no comparison. */
export function OneGroup(props: { readonly view: CompareView; readonly onChange: Change }): ReactNode {
  const { view, onChange } = props;
  return (
    <Banner tone="warning">
      A comparison needs two groups, and all jobs are in one. Group by{' '}
      {DIMENSIONS.filter((by) => by !== view.by).map((by, at) => (
        <span key={by}>
          {at > 0 && ', '}
          <Button variant="subtle" px={2} onClick={() => onChange(groupedBy(view, by))}>
            {dimensionTitle(by)}
          </Button>
        </span>
      ))}
      , or pick jobs on the board (Shift A, Shift B).
    </Banner>
  );
}

/** What a reader must know about the figures, each with what changes it. */
export function Remarks(props: {
  readonly view: CompareView;
  readonly result: CompareResult;
  readonly onChange: Change;
}): ReactNode {
  const { view, result, onChange } = props;
  const demo = result.demo_left_out;
  const setDemo = (on: boolean): void =>
    onChange({ ...view, filter: { ...view.filter, demo: on ? true : null } });
  return (
    <>
      {!result.complete && (
        <Banner tone="warning">
          A source is still being indexed: these are figures of what is indexed so far.
        </Banner>
      )}
      {view.filter.demo === true ? (
        <Banner tone="warning">
          Demo jobs are among these: the demo backend measures no real model.{' '}
          <Button variant="subtle" px={4} onClick={() => setDemo(false)}>
            Leave them out
          </Button>
        </Banner>
      ) : (
        demo > 0 && (
          <Banner>
            {formatCount(demo)} demo {demo === 1 ? 'job is' : 'jobs are'} left out.{' '}
            <Button variant="subtle" px={4} onClick={() => setDemo(true)}>
              Include
            </Button>
          </Banner>
        )
      )}
      {result.notes.length > 0 && <Banner>{result.notes.join(' ')}</Banner>}
    </>
  );
}
