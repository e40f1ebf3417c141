// biome-ignore-all lint/a11y/useSemanticElements: a virtual grid places its rows freely, which table layout cannot
// biome-ignore-all lint/a11y/useFocusableInteractive: focus stays on the grid, which names its active row
import type { ReactNode } from 'react';
import { nextSort, type OfferSort } from './offers-url.ts';
import styles from './table.module.css';
import type { OfferColumns } from './use-offer-columns.ts';

/** Titles that sort (shift adds a column to the order) and edges that resize (double click: as it was). */
export function OffersHeader(props: {
  readonly columns: OfferColumns;
  readonly sort: readonly OfferSort[];
  readonly onSort: (sort: readonly OfferSort[]) => void;
}): ReactNode {
  const { columns, sort } = props;
  const headers = new Map(
    (columns.table.getHeaderGroups()[0]?.headers ?? []).map((header) => [header.column.id, header]),
  );
  return (
    <div role="row" aria-rowindex={1} className={styles.header}>
      {columns.visible.map(({ id, title, about, numeric, sort: by, startsDesc }, at) => {
        const place = sort.findIndex((one) => one.by === by);
        const sorted = sort[place];
        const header = headers.get(id);
        return (
          <div
            key={id}
            role="columnheader"
            aria-sort={sorted === undefined ? 'none' : sorted.desc ? 'descending' : 'ascending'}
            className={`${styles.headerCell} ${at === 0 ? styles.sticky : ''} ${numeric ? styles.numeric : ''}`}
          >
            {by === null ? (
              <span title={about}>{title}</span>
            ) : (
              <button
                type="button"
                className={styles.sort}
                aria-label={`Sort by ${title}`}
                title={`${about} Click to sort, shift to add to the order.`}
                onClick={(event) => props.onSort(nextSort(sort, by, event.shiftKey, startsDesc))}
              >
                <span className={styles.sortTitle}>{title}</span>
                {sorted !== undefined && (
                  <span className={styles.arrow} aria-hidden="true">
                    {sorted.desc ? '↓' : '↑'}
                    {sort.length > 1 ? place + 1 : ''}
                  </span>
                )}
              </button>
            )}
            {/* biome-ignore lint/a11y/noStaticElementInteractions: widths have a keyboard way, the column menu */}
            <div
              className={styles.resizer}
              data-active={header?.column.getIsResizing() ?? false}
              onMouseDown={header?.getResizeHandler()}
              onTouchStart={header?.getResizeHandler()}
              onDoubleClick={() => header?.column.resetSize()}
            />
          </div>
        );
      })}
    </div>
  );
}
