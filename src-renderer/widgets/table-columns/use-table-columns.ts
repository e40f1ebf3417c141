import {
  columnResizingFeature,
  columnSizingFeature,
  columnVisibilityFeature,
  type ReactTable,
  tableFeatures,
  useTable,
} from '@tanstack/react-table';
import { useMemo } from 'react';
import { storedFlags, storedNumbers, useStored } from '#renderer/widgets/stored.ts';

const features = tableFeatures({ columnVisibilityFeature, columnSizingFeature, columnResizingFeature });
const MIN_WIDTH = 52;
const NO_ROWS: object[] = [];

export interface TableColumn {
  readonly id: string;
  readonly title: string;
  readonly about: string;
  /** Pixels, until somebody drags it. */
  readonly width: number;
  /** Off until chosen. */
  readonly hidden?: boolean;
}

export interface TableColumns<Column extends TableColumn> {
  readonly table: ReactTable<typeof features, object>;
  /** All that may be shown, in their order. */
  readonly all: readonly Column[];
  readonly visible: readonly Column[];
  /** Always shown. */
  readonly fixed: string;
  readonly widthOf: (column: Column) => number;
  readonly reset: () => void;
}

/**
 * Which of `all` (a constant) are shown and how wide, kept in this browser under `name`. Rows are drawn by the view, not
 * by the table.
 */
export function useTableColumns<Column extends TableColumn>(
  name: string,
  all: readonly Column[],
  fixed: string,
): TableColumns<Column> {
  const { atFirst, definitions } = useMemo(
    () => ({
      atFirst: Object.fromEntries(all.map(({ id, hidden }) => [id, hidden !== true])),
      definitions: all.map(({ id, width }) => ({
        id,
        size: width,
        minSize: MIN_WIDTH,
        enableHiding: id !== fixed,
      })),
    }),
    [all, fixed],
  );
  const [visibility, setVisibility] = useStored(`${name}.columns`, storedFlags, atFirst);
  const [sizing, setSizing] = useStored(`${name}.widths`, storedNumbers, {});
  const table = useTable({
    features,
    columns: definitions,
    data: NO_ROWS,
    columnResizeMode: 'onChange',
    state: { columnVisibility: visibility, columnSizing: sizing },
    onColumnVisibilityChange: (next) => setVisibility(typeof next === 'function' ? next(visibility) : next),
    onColumnSizingChange: (next) => setSizing(typeof next === 'function' ? next(sizing) : next),
  });
  return useMemo(
    () => ({
      table,
      all,
      fixed,
      visible: all.filter(({ id }) => id === fixed || (visibility[id] ?? atFirst[id])),
      widthOf: ({ id, width }) => sizing[id] ?? width,
      reset: () => {
        setVisibility(atFirst);
        setSizing({});
      },
    }),
    [table, all, fixed, visibility, sizing, atFirst, setVisibility, setSizing],
  );
}
