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
import type { PricedOffer } from '#shared/model/offers.ts';
import { NAME_COLUMN, OFFER_COLUMNS, type OfferColumn, REASON_COLUMN } from './offer-columns.tsx';

const features = tableFeatures({ columnVisibilityFeature, columnSizingFeature, columnResizingFeature });
const MIN_WIDTH = 52;
const NO_ROWS: PricedOffer[] = [];
const AT_FIRST = Object.fromEntries(OFFER_COLUMNS.map(({ id, hidden }) => [id, !hidden]));
const DEFINITIONS: ColumnDef<typeof features, PricedOffer>[] = OFFER_COLUMNS.map(({ id, width }) => ({
  id,
  size: width,
  minSize: MIN_WIDTH,
  enableHiding: id !== NAME_COLUMN,
}));

export interface OfferColumns {
  readonly table: ReactTable<typeof features, PricedOffer>;
  readonly visible: readonly OfferColumn[];
  readonly template: string;
  readonly totalWidth: number;
  readonly reset: () => void;
}

/** Which columns are shown and how wide, kept in this browser; reasons stand there when they are wanted. */
export function useOfferColumns(withReasons: boolean): OfferColumns {
  const [visibility, setVisibility] = useStored('offers.columns', storedFlags, AT_FIRST);
  const [sizing, setSizing] = useStored('offers.widths', storedNumbers, {});
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
    const visible = OFFER_COLUMNS.flatMap((column) => {
      if (column.id === NAME_COLUMN) return withReasons ? [column, REASON_COLUMN] : [column];
      return (visibility[column.id] ?? !column.hidden) ? [column] : [];
    });
    const width = ({ id, width: own }: OfferColumn): number => sizing[id] ?? own;
    return {
      table,
      visible,
      template: visible.map((column) => `${width(column)}px`).join(' '),
      totalWidth: visible.reduce((sum, column) => sum + width(column), 0),
      reset: () => {
        setVisibility(AT_FIRST);
        setSizing({});
      },
    };
  }, [table, visibility, sizing, withReasons, setVisibility, setSizing]);
}
