import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { useNow } from '#renderer/widgets/now.ts';
import { formatBytes } from '#shared/lib/format.ts';
import type { ListingState } from '#shared/model/archive.ts';
import styles from './archive.module.css';
import type { ListingSnapshot } from './listing.ts';
import { type Marks, markedBytes } from './selection.ts';
import { exactCount, filterLine, truthLine } from './truth-line.ts';

/** Always there: what is loaded and whether that is all, what a filter looked at, and what is selected. */
export function TruthBar(props: {
  readonly state: ListingState | null;
  /** Of the index when `total` was counted. */
  readonly counted: ListingState | null;
  readonly listing: ListingSnapshot;
  readonly total: number;
  readonly isNarrowed: boolean;
  readonly marks: Marks;
  readonly note: string;
  readonly prefix: string;
  readonly commands: {
    readonly verify: () => void;
    readonly verifyPrefix: () => void;
    readonly zip: () => void;
    readonly importAll: () => void;
    readonly markAll: () => void;
    readonly clear: () => void;
  };
}): ReactNode {
  const { state, listing, marks, commands, isNarrowed } = props;
  const now = useNow(5_000);
  const button = (title: ReactNode, about: string, run: () => void, isQuiet = false): ReactNode => (
    <Button size="compact-xs" variant={isQuiet ? 'subtle' : 'default'} title={about} onClick={run}>
      {title}
    </Button>
  );
  const stopped = listing.ended === 'complete' ? null : listing.ended;
  const truth = state === null ? '' : truthLine(state, listing.running, stopped, now);
  return (
    <div className={styles.truth}>
      <span data-testid="truth" title={truth}>
        {truth}
      </span>
      {isNarrowed && props.counted !== null && (
        <span data-testid="filtered">{filterLine(props.total, props.counted)}</span>
      )}
      <span className={styles.grow} aria-live="polite">
        {props.note}
      </span>
      {marks.size > 0 ? (
        <>
          <span>
            {exactCount(marks.size)} selected, {formatBytes(markedBytes(marks))}
          </span>
          {button('Verify', 'Verify what is selected  V', commands.verify)}
          {button('Export', 'Export what is selected as a zip  E', commands.zip)}
          {button('Import', 'Import what is selected for comparison  M', commands.importAll)}
          {button('Clear', 'Clear the selection  Esc', commands.clear, true)}
        </>
      ) : (
        props.total > 0 && (
          <>
            {button(
              'Select all',
              isNarrowed ? 'Select all that match  Ctrl A' : 'Select all  Ctrl A',
              commands.markAll,
              true,
            )}
            {button(
              <>
                Verify below<span className={styles.prefix}>&nbsp;{props.prefix}</span>
              </>,
              `Verify everything below ${props.prefix}  Shift V`,
              commands.verifyPrefix,
              true,
            )}
          </>
        )
      )}
    </div>
  );
}
