import { useMemo } from 'react';
import { type TableColumns, useTableColumns } from '#renderer/widgets/table-columns/use-table-columns.ts';
import { NAME_COLUMN, OFFER_COLUMNS, type OfferColumn, REASON_COLUMN } from './offer-columns.tsx';

export interface OfferColumns extends TableColumns<OfferColumn> {
  readonly template: string;
  readonly totalWidth: number;
}

/** The columns of offers; reasons stand beside the name when they are wanted. */
export function useOfferColumns(withReasons: boolean): OfferColumns {
  const columns = useTableColumns('offers', OFFER_COLUMNS, NAME_COLUMN);
  return useMemo(() => {
    const { widthOf } = columns;
    const visible = columns.visible.flatMap((column) =>
      withReasons && column.id === NAME_COLUMN ? [column, REASON_COLUMN] : [column],
    );
    return {
      ...columns,
      visible,
      template: visible.map((column) => `${widthOf(column)}px`).join(' '),
      totalWidth: visible.reduce((sum, column) => sum + widthOf(column), 0),
    };
  }, [columns, withReasons]);
}
