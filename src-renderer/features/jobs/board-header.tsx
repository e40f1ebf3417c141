// biome-ignore-all lint/a11y/useSemanticElements: a virtual grid places its rows freely, which table layout cannot
// biome-ignore-all lint/a11y/useFocusableInteractive: focus stays on the grid, which names its active row
import type { ReactNode } from 'react';
import { nextSort, type Sort } from '#renderer/widgets/job-filter/filter-codec.ts';
import type { JobSortColumn } from '#shared/contract/types.ts';
import styles from './board.module.css';
import type { Columns } from './use-columns.ts';

/** Titles that sort (shift adds a column to the order) and edges that resize (double click: as it was). */
export function BoardHeader(props: {
  readonly columns: Columns;
  readonly sort: readonly Sort[];
  readonly onSort: (sort: readonly Sort[]) => void;
}): ReactNode {
  const { columns, sort } = props;
  const headers = new Map(
    (columns.table.getHeaderGroups()[0]?.headers ?? []).map((header) => [header.column.id, header]),
  );
  return (
    <div role="row" aria-rowindex={1} className={styles.header}>
      {columns.visible.map((column, at) => {
        const place = sort.findIndex((one) => one.by === column.sort);
        const sorted = sort[place];
        const header = headers.get(column.id);
        return (
          <div
            key={column.id}
            role="columnheader"
            aria-sort={sorted === undefined ? 'none' : sorted.desc ? 'descending' : 'ascending'}
            className={`${styles.headerCell} ${at === 0 ? styles.sticky : ''} ${column.numeric === true ? styles.numeric : ''}`}
          >
            <HeaderTitle
              title={column.title}
              about={column.about}
              sortBy={column.sort}
              arrow={sorted === undefined ? '' : sorted.desc ? '↓' : '↑'}
              place={sorted !== undefined && sort.length > 1 ? place + 1 : null}
              onSort={(by, add) => props.onSort(nextSort(sort, by, add))}
            />
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

function HeaderTitle(props: {
  readonly title: string;
  readonly about: string;
  readonly sortBy: JobSortColumn | undefined;
  readonly arrow: string;
  readonly place: number | null;
  readonly onSort: (by: JobSortColumn, add: boolean) => void;
}): ReactNode {
  const { sortBy } = props;
  if (sortBy === undefined) return <span title={props.about}>{props.title}</span>;
  return (
    <button
      type="button"
      className={styles.sort}
      aria-label={`Sort by ${props.title}`}
      title={`${props.about}. Click to sort, shift to add to the order.`}
      onClick={(event) => props.onSort(sortBy, event.shiftKey)}
    >
      <span className={styles.sortTitle}>{props.title}</span>
      {props.arrow !== '' && (
        <span className={styles.arrow} aria-hidden="true">
          {props.arrow}
          {props.place}
        </span>
      )}
    </button>
  );
}
