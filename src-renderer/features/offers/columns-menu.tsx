import { Button, Checkbox, Popover } from '@mantine/core';
import type { ReactNode } from 'react';
import styles from '#renderer/widgets/job-filter/filter-bar.module.css';
import { NAME_COLUMN, OFFER_COLUMNS } from './offer-columns.tsx';
import type { OfferColumns } from './use-offer-columns.ts';

/** Which fields the table shows, and back to how it was. */
export function ColumnsMenu(props: { readonly columns: OfferColumns }): ReactNode {
  const { table, visible, reset } = props.columns;
  return (
    <Popover position="top-end" width={240} trapFocus>
      <Popover.Target>
        <Button variant="subtle" size="compact-xs" aria-haspopup="dialog">
          Columns {OFFER_COLUMNS.filter((column) => visible.includes(column)).length}/{OFFER_COLUMNS.length}
        </Button>
      </Popover.Target>
      <Popover.Dropdown p={8} aria-label="Columns">
        <div className={styles.values}>
          {OFFER_COLUMNS.map((column) => (
            <Checkbox
              key={column.id}
              label={column.title}
              title={column.about}
              disabled={column.id === NAME_COLUMN}
              checked={visible.includes(column)}
              onChange={() => table.getColumn(column.id)?.toggleVisibility()}
              classNames={{ body: styles.valueBody ?? '' }}
            />
          ))}
        </div>
        <Button
          variant="subtle"
          fullWidth
          mt={6}
          title="The columns and widths that Runescope starts with"
          onClick={reset}
        >
          Reset the columns
        </Button>
      </Popover.Dropdown>
    </Popover>
  );
}
