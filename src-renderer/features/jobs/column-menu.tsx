import { Button, Checkbox, Popover } from '@mantine/core';
import type { ReactNode } from 'react';
import styles from '#renderer/widgets/job-filter/filter-bar.module.css';
import { BOARD_COLUMNS } from './board-columns.tsx';
import type { Columns } from './use-columns.ts';

/** Which columns are shown, and back to how they were. */
export function ColumnMenu(props: { readonly columns: Columns }): ReactNode {
  const { table, visible } = props.columns;
  return (
    <Popover position="top-end" width={220} trapFocus>
      <Popover.Target>
        <Button variant="subtle" size="compact-xs" aria-haspopup="dialog">
          Columns {visible.length}/{BOARD_COLUMNS.length}
        </Button>
      </Popover.Target>
      <Popover.Dropdown p={8} aria-label="Columns">
        <div className={styles.values}>
          {BOARD_COLUMNS.map((column) => (
            <Checkbox
              key={column.id}
              label={column.title}
              title={column.about}
              disabled={column.id === 'status'}
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
          onClick={() => {
            table.setColumnVisibility(
              Object.fromEntries(BOARD_COLUMNS.map((column) => [column.id, column.hidden !== true])),
            );
            table.setColumnSizing({});
          }}
        >
          Reset the columns
        </Button>
      </Popover.Dropdown>
    </Popover>
  );
}
