// biome-ignore-all lint/a11y/useSemanticElements: a virtual grid places its rows freely, which table layout cannot
// biome-ignore-all lint/a11y/useFocusableInteractive: focus stays on the grid, which names its active row
import { Button } from '@mantine/core';
import { useVirtualizer } from '@tanstack/react-virtual';
import {
  type KeyboardEvent,
  type ReactNode,
  type RefObject,
  useEffect,
  useId,
  useLayoutEffect,
  useRef,
  useState,
} from 'react';
import { formatCount } from '#shared/lib/format.ts';
import type { LogLine } from '#shared/model/logs.ts';
import { indexOfSeq, shiftOf } from './log-lines.ts';
import { LogRow } from './log-row.tsx';
import styles from './logs.module.css';
import type { LogLines } from './use-log-lines.ts';

/** Equal to --row-compact. */
const ROW_PX = 24;
const HEADER_PX = 28;
/** Older lines are asked for so many rows before the top. */
const AHEAD = 20;
const STEPS: Readonly<Record<string, number>> = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 };

/** Lines in rows, the newest at the bottom: only what is in view is in the page, and what is looked at never moves by itself. */
export function LogTable(props: {
  readonly log: LogLines;
  /** In a job's own panel: without the job and the date. */
  readonly ofJob: boolean;
  readonly picked: number | null;
  /** Brought into sight; the picked line where nothing else is said. */
  readonly reveal?: number | null;
  readonly isMarked?: ((line: LogLine) => boolean) | undefined;
  readonly follow: boolean;
  readonly scroller: RefObject<HTMLDivElement | null>;
  readonly onPick: (line: LogLine) => void;
  /** Where the arrows are not the whole view's: they go from line to line while the table has the focus. */
  readonly ownKeys?: boolean;
}): ReactNode {
  const { log, picked, scroller, reveal = picked } = props;
  const { lines } = log;
  const prefix = useId();
  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    scrollMargin: HEADER_PX,
    overscan: 12,
  });
  const items = virtual.getVirtualItems();
  const pool = 2 ** Math.ceil(Math.log2(items.length + 1));
  const slots = items.toSorted((a, b) => (a.index % pool) - (b.index % pool));
  const cursor = picked === null ? -1 : indexOfSeq(lines, picked);
  const target = reveal === null ? -1 : indexOfSeq(lines, reveal);

  /** The reader is at the newest line, and goes on being there. */
  const atEnd = useRef(true);
  const before = useRef<readonly LogLine[]>([]);
  /** The newest line that was seen. */
  const [seen, setSeen] = useState(0);
  const newest = lines.at(-1)?.seq ?? 0;
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const shift = shiftOf(before.current, lines);
    before.current = lines;
    if (atEnd.current) {
      element.scrollTop = element.scrollHeight;
      setSeen(newest);
    } else if (shift !== 0) element.scrollTop += shift * ROW_PX;
  }, [lines, newest, scroller]);

  // A banner or another window height takes rows away at the bottom: the newest is not to be among them.
  useEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => {
      if (atEnd.current) element.scrollTop = element.scrollHeight;
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [scroller]);

  useEffect(() => {
    const element = scroller.current;
    if (element === null || target < 0) return;
    const top = target * ROW_PX;
    const bottom = top + ROW_PX + HEADER_PX - element.clientHeight;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (bottom > element.scrollTop) element.scrollTop = bottom;
    // Whoever reads a line does not want it to be carried off.
    atEnd.current = false;
  }, [target, scroller]);

  const { loadOlder, more, isLoadingOlder } = log;
  const first = items[0]?.index ?? 0;
  useEffect(() => {
    if (more && !isLoadingOlder && lines.length > 0 && first < AHEAD && !atEnd.current) loadOlder();
  }, [more, isLoadingOlder, lines.length, first, loadOlder]);

  const onKeyDown = (event: KeyboardEvent): void => {
    const by = STEPS[event.key];
    if (by === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    const from = cursor === -1 ? (by > 0 ? -1 : lines.length) : cursor;
    const next = lines[Math.max(0, Math.min(lines.length - 1, from + by))];
    if (next !== undefined) props.onPick(next);
  };

  const fresh = newest > seen && seen > 0 ? lines.length - 1 - lastAtMost(lines, seen) : 0;
  return (
    <div className={styles.frame}>
      <div
        ref={scroller}
        role="grid"
        aria-label="Log lines"
        aria-rowcount={lines.length + 1}
        aria-activedescendant={cursor < 0 ? undefined : `${prefix}-${cursor}`}
        aria-busy={log.stale}
        tabIndex={0}
        className={styles.table}
        onKeyDown={props.ownKeys === true ? onKeyDown : undefined}
        data-of-job={props.ofJob}
        data-stale={log.stale}
        onScroll={(event) => {
          const { scrollTop, scrollHeight, clientHeight } = event.currentTarget;
          atEnd.current = scrollHeight - clientHeight - scrollTop < ROW_PX && reveal === null;
          if (scrollHeight - clientHeight - scrollTop < ROW_PX) setSeen(newest);
        }}
      >
        <div role="row" aria-rowindex={1} className={styles.header}>
          {['Time', 'Level', 'Event', 'Message', ...(props.ofJob ? [] : ['Job'])].map((title) => (
            <div
              key={title}
              role="columnheader"
              className={`${styles.headerCell} ${title === 'Job' ? styles.job : ''}`}
            >
              {title}
            </div>
          ))}
        </div>
        <div className={styles.sizer} style={{ height: virtual.getTotalSize() }}>
          {slots.map(({ index }) => {
            const line = lines[index];
            return line === undefined ? null : (
              <LogRow
                key={index % pool}
                id={`${prefix}-${index}`}
                line={line}
                index={index}
                top={index * ROW_PX}
                ofJob={props.ofJob}
                isPicked={line.seq === picked}
                isMarked={props.isMarked?.(line) === true}
                onPick={props.onPick}
              />
            );
          })}
        </div>
      </div>
      {props.follow && fresh > 0 && (
        <Button
          className={styles.pill}
          onClick={() => scroller.current?.scrollTo({ top: scroller.current.scrollHeight })}
        >
          {formatCount(fresh)} new {fresh === 1 ? 'line' : 'lines'} <span aria-hidden="true">&nbsp;↓</span>
        </Button>
      )}
    </div>
  );
}

/** Index of the last line whose number is not above `seq`, -1 for none. */
function lastAtMost(lines: readonly LogLine[], seq: number): number {
  for (let i = lines.length - 1; i >= 0; i--) if ((lines[i]?.seq ?? 0) <= seq) return i;
  return -1;
}
