// biome-ignore-all lint/a11y/useSemanticElements: a virtual grid places its rows freely, which table layout cannot
// biome-ignore-all lint/a11y/useFocusableInteractive: focus stays on the grid, which names its active row
import { useVirtualizer } from '@tanstack/react-virtual';
import { type MouseEvent, type ReactNode, type RefObject, useEffect } from 'react';
import type { ArchiveSortColumn } from '#shared/model/archive.ts';
import styles from './archive.module.css';
import { type ArchiveSort, nextSort } from './archive-url.ts';
import { PAGE_ROWS, rowAt } from './object-pages.ts';
import { ObjectRow } from './object-row.tsx';
import type { Selection } from './selection.ts';
import type { Objects } from './use-objects.ts';

/** Equal to --row-compact. */
export const ROW_PX = 24;
export const HEADER_PX = 28;

const COLUMNS: readonly {
  readonly id: string;
  readonly title: string;
  readonly about: string;
  readonly sort?: ArchiveSortColumn;
  readonly numeric?: boolean;
}[] = [
  { id: 'date', title: 'Date', about: 'The day the job ended, from the key (UTC)', sort: 'date' },
  { id: 'tenant', title: 'Tenant', about: 'From the key', sort: 'tenant' },
  { id: 'kind', title: 'Kind', about: 'From the key', sort: 'kind' },
  { id: 'job_id', title: 'Job id', about: 'From the key; other keys stand whole', sort: 'job_id' },
  { id: 'size_bytes', title: 'Size', about: 'As the listing says', sort: 'size_bytes', numeric: true },
  { id: 'last_modified', title: 'Last modified', about: 'As the listing says', sort: 'last_modified' },
  { id: 'etag', title: 'Etag', about: 'As the listing says' },
];

/** The window over all keys: only what is in view is in the page, whatever the total. */
export function ObjectTable(props: {
  readonly target: string;
  readonly objects: Objects;
  readonly sort: readonly ArchiveSort[];
  readonly selection: Selection;
  readonly scroller: RefObject<HTMLDivElement | null>;
  readonly onSort: (sort: readonly ArchiveSort[]) => void;
  readonly onView: (view: { readonly first: number; readonly last: number }) => void;
  readonly onPick: (index: number, event: MouseEvent) => void;
  readonly onOpen: (index: number) => void;
  readonly onMark: (index: number) => void;
}): ReactNode {
  const { objects, selection, scroller, onView } = props;
  const { loaded } = objects;
  const virtual = useVirtualizer({
    count: loaded.total,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    scrollMargin: HEADER_PX,
    overscan: 8,
  });
  const items = virtual.getVirtualItems();
  // Only a change of pages concerns the view above: it must not draw itself anew with every frame of scrolling.
  const first = Math.floor((items[0]?.index ?? 0) / PAGE_ROWS) * PAGE_ROWS;
  const last = Math.floor((items.at(-1)?.index ?? 0) / PAGE_ROWS) * PAGE_ROWS;
  useEffect(() => onView({ first, last }), [onView, first, last]);

  // Rows that leave are used again for rows that come, and stay where they are in the document: none is moved.
  const pool = 2 ** Math.ceil(Math.log2(items.length + 1));
  const slots = items.toSorted((a, b) => (a.index % pool) - (b.index % pool));

  const { cursor } = selection;
  useEffect(() => {
    const element = scroller.current;
    if (element === null || cursor < 0) return;
    const top = cursor * ROW_PX;
    if (top < element.scrollTop) element.scrollTop = top;
    const bottom = top + ROW_PX + HEADER_PX - element.clientHeight;
    if (bottom > element.scrollTop) element.scrollTop = bottom;
  }, [cursor, scroller]);

  return (
    <div
      ref={scroller}
      role="grid"
      aria-label="Archived results"
      aria-rowcount={loaded.total + 1}
      aria-multiselectable="true"
      aria-activedescendant={cursor < 0 ? undefined : `archive-row-${cursor}`}
      aria-busy={objects.first || objects.stale}
      tabIndex={0}
      className={`${styles.table} ${objects.stale ? styles.stale : ''}`}
    >
      <Header sort={props.sort} onSort={props.onSort} />
      <div className={styles.sizer} style={{ height: virtual.getTotalSize() }}>
        {slots.map((item) => {
          const object = rowAt(loaded, item.index);
          return (
            <ObjectRow
              key={item.index % pool}
              object={object}
              target={props.target}
              index={item.index}
              top={item.index * ROW_PX}
              isCursor={item.index === cursor}
              isMarked={object !== undefined && selection.marked.has(object.key)}
              onPick={props.onPick}
              onOpen={props.onOpen}
              onMark={props.onMark}
            />
          );
        })}
      </div>
    </div>
  );
}

/** Titles that sort; shift adds a column to the order. */
function Header(props: {
  readonly sort: readonly ArchiveSort[];
  readonly onSort: (sort: readonly ArchiveSort[]) => void;
}): ReactNode {
  const { sort } = props;
  return (
    <div role="row" aria-rowindex={1} className={styles.header}>
      {COLUMNS.map((column) => {
        const by = column.sort;
        const place = sort.findIndex((one) => one.by === by);
        const sorted = sort[place];
        return (
          <div
            key={column.id}
            role="columnheader"
            aria-sort={sorted === undefined ? 'none' : sorted.desc ? 'descending' : 'ascending'}
            data-column={column.id}
            className={`${styles.headerCell} ${column.numeric === true ? styles.numeric : ''}`}
          >
            {by === undefined ? (
              <span title={column.about}>{column.title}</span>
            ) : (
              <button
                type="button"
                className={styles.sort}
                aria-label={`Sort by ${column.title}`}
                title={`${column.about}. Click to sort, shift to add to the order.`}
                onClick={(event) => props.onSort(nextSort(sort, by, event.shiftKey))}
              >
                {column.title}
                {sorted !== undefined && (
                  <span className={styles.arrow} aria-hidden="true">
                    {sorted.desc ? '↓' : '↑'}
                    {sort.length > 1 ? place + 1 : ''}
                  </span>
                )}
              </button>
            )}
          </div>
        );
      })}
    </div>
  );
}
