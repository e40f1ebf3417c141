import {
  type ColumnDef,
  columnResizingFeature,
  columnSizingFeature,
  columnVisibilityFeature,
  type ReactTable,
  tableFeatures,
  useTable,
} from '@tanstack/react-table';
import { useMemo } from 'react';
import { storedFlags, storedNumbers, useStored } from '#renderer/widgets/stored.ts';
import type { JobRow } from '#shared/contract/types.ts';
import { BOARD_COLUMNS, type BoardColumn } from './board-columns.tsx';

const features = tableFeatures({ columnVisibilityFeature, columnSizingFeature, columnResizingFeature });
const MIN_WIDTH = 56;
const NO_ROWS: JobRow[] = [];
const DEFAULT_VISIBLE = Object.fromEntries(
  BOARD_COLUMNS.map((column) => [column.id, column.hidden !== true]),
);
const BY_ID = new Map(BOARD_COLUMNS.map((column) => [column.id, column]));

const DEFINITIONS: ColumnDef<typeof features, JobRow>[] = BOARD_COLUMNS.map((column) => ({
  id: column.id,
  size: column.width,
  minSize: MIN_WIDTH,
  enableHiding: column.id !== 'status',
}));

export interface Columns {
  readonly table: ReactTable<typeof features, JobRow>;
  readonly visible: readonly BoardColumn[];
  /** For `grid-template-columns`; the question takes what is left over. */
  readonly template: string;
  readonly totalWidth: number;
}

/** Which columns are shown and how wide, kept in this browser. Rows are drawn by the board, not by the table. */
export function useColumns(): Columns {
  const [visibility, setVisibility] = useStored('board.columns', storedFlags, DEFAULT_VISIBLE);
  const [sizing, setSizing] = useStored('board.widths', storedNumbers, {});
  const table = useTable({
    features,
    columns: DEFINITIONS,
    data: NO_ROWS,
    columnResizeMode: 'onChange',
    state: { columnVisibility: visibility, columnSizing: sizing },
    onColumnVisibilityChange: (next) => setVisibility(typeof next === 'function' ? next(visibility) : next),
    onColumnSizingChange: (next) => setSizing(typeof next === 'function' ? next(sizing) : next),
  });
  return useMemo(() => {
    const leaves = BOARD_COLUMNS.filter((column) => visibility[column.id] ?? column.hidden !== true);
    const width = (column: BoardColumn): number => sizing[column.id] ?? column.width;
    return {
      table,
      visible: leaves,
      template: leaves
        .map((column) =>
          column.id === 'question' ? `minmax(${width(column)}px, 1fr)` : `${width(column)}px`,
        )
        .join(' '),
      totalWidth: leaves.reduce((sum, column) => sum + width(column), 0),
    };
  }, [table, visibility, sizing]);
}

export const columnById = (id: string): BoardColumn | undefined => BY_ID.get(id);
