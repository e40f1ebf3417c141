import { useMemo } from 'react';
import { type TableColumns, useTableColumns } from '#renderer/widgets/table-columns/use-table-columns.ts';
import { BOARD_COLUMNS, type BoardColumn } from './board-columns.tsx';

const BY_ID = new Map(BOARD_COLUMNS.map((column) => [column.id, column]));

export interface Columns extends TableColumns<BoardColumn> {
  /** For `grid-template-columns`; the question takes what is left over. */
  readonly template: string;
  readonly totalWidth: number;
}

/** The board's columns. */
export function useColumns(): Columns {
  const columns = useTableColumns('board', BOARD_COLUMNS, 'status');
  return useMemo(() => {
    const { visible, widthOf } = columns;
    const track = (column: BoardColumn): string =>
      column.id === 'question' ? `minmax(${widthOf(column)}px, 1fr)` : `${widthOf(column)}px`;
    return {
      ...columns,
      template: visible.map(track).join(' '),
      totalWidth: visible.reduce((sum, column) => sum + widthOf(column), 0),
    };
  }, [columns]);
}

export const columnById = (id: string): BoardColumn | undefined => BY_ID.get(id);
