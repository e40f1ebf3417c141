// biome-ignore-all lint/a11y/useSemanticElements: a virtual grid places its rows freely, which table layout cannot
// biome-ignore-all lint/a11y/useFocusableInteractive: focus stays on the grid, which names its active row
import { useVirtualizer } from '@tanstack/react-virtual';
import { type CSSProperties, type MouseEvent, type ReactNode, type RefObject, useEffect } from 'react';
import type { Sort } from '#renderer/widgets/job-filter/filter-codec.ts';
import styles from './board.module.css';
import { BoardHeader } from './board-header.tsx';
import { PAGE_ROWS, rowAt } from './board-pages.ts';
import { BoardRow } from './board-row.tsx';
import type { Selection } from './selection.ts';
import type { Board } from './use-board.ts';
import type { Columns } from './use-columns.ts';

/** Equal to --row-compact. */
export const ROW_PX = 24;
const HEADER_PX = 28;

/** The window over all rows: only what is in view is in the page, whatever the total. */
export function BoardTable(props: {
  readonly source: string;
  readonly board: Board;
  readonly columns: Columns;
  readonly sort: readonly Sort[];
  readonly selection: Selection;
  readonly scroller: RefObject<HTMLDivElement | null>;
  readonly onSort: (sort: readonly Sort[]) => void;
  readonly onView: (view: { readonly first: number; readonly last: number; readonly atTop: boolean }) => void;
  readonly onPick: (index: number, event: MouseEvent) => void;
  readonly onMark: (index: number) => void;
}): ReactNode {
  const { board, columns, selection, scroller, onView } = props;
  const virtual = useVirtualizer({
    count: board.loaded.total,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    scrollMargin: HEADER_PX,
    overscan: 8,
  });
  const items = virtual.getVirtualItems();
  const wide = columns.totalWidth > (virtual.scrollRect?.width ?? 0);
  // Only a change of pages concerns the page above: it must not draw itself anew with every frame of scrolling.
  const first = Math.floor((items[0]?.index ?? 0) / PAGE_ROWS) * PAGE_ROWS;
  const last = Math.floor((items.at(-1)?.index ?? 0) / PAGE_ROWS) * PAGE_ROWS;
  const atTop = (virtual.scrollOffset ?? 0) < ROW_PX;
  useEffect(() => onView({ first, last, atTop }), [onView, first, last, atTop]);

  // Rows that leave are used again for rows that come, and stay where they are in the document: none is moved.
  const pool = 2 ** Math.ceil(Math.log2(items.length + 1));
  const slots = items.toSorted((a, b) => (a.index % pool) - (b.index % pool));

  const cursor = selection.cursorIndex;
  useEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const top = cursor * ROW_PX;
    if (top < element.scrollTop) element.scrollTop = top;
    const bottom = top + ROW_PX + HEADER_PX - element.clientHeight;
    if (bottom > element.scrollTop) element.scrollTop = bottom;
  }, [cursor, scroller]);

  return (
    <div
      ref={scroller}
      role="grid"
      aria-label="Jobs"
      aria-rowcount={board.loaded.total + 1}
      aria-multiselectable="true"
      aria-activedescendant={`board-row-${cursor}`}
      aria-busy={board.first || board.stale}
      tabIndex={0}
      className={`${styles.board} ${board.stale ? styles.stale : ''} ${wide ? styles.wide : ''}`}
      style={
        {
          '--board-columns': columns.template,
          '--board-width': `${columns.totalWidth}px`,
        } as CSSProperties
      }
    >
      <BoardHeader columns={columns} sort={props.sort} onSort={props.onSort} />
      <div className={styles.sizer} style={{ height: virtual.getTotalSize(), width: columns.totalWidth }}>
        {slots.map((item) => {
          const job = rowAt(board.loaded, item.index);
          return (
            <BoardRow
              key={item.index % pool}
              job={job}
              source={props.source}
              index={item.index}
              top={item.index * ROW_PX}
              columns={columns.visible}
              isCursor={item.index === cursor}
              isMarked={job !== undefined && selection.marked.has(job.job_id)}
              onPick={props.onPick}
              onMark={props.onMark}
            />
          );
        })}
      </div>
    </div>
  );
}
