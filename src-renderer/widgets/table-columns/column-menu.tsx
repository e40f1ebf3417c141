import { Button, Checkbox, Popover } from '@mantine/core';
import type { ReactNode } from 'react';
import styles from '#renderer/widgets/job-filter/filter-bar.module.css';
import type { TableColumn, TableColumns } from './use-table-columns.ts';

/** Which columns are shown, and back to how they were. */
export function ColumnMenu<Column extends TableColumn>(props: {
  readonly columns: TableColumns<Column>;
}): ReactNode {
  const { table, all, visible, fixed, reset } = props.columns;
  return (
    <Popover position="top-end" width={240} trapFocus>
      <Popover.Target>
        <Button variant="subtle" size="compact-xs" aria-haspopup="dialog">
          Columns {all.filter((column) => visible.includes(column)).length}/{all.length}
        </Button>
      </Popover.Target>
      <Popover.Dropdown p={8} aria-label="Columns">
        <div className={styles.values}>
          {all.map((column) => (
            <Checkbox
              key={column.id}
              label={column.title}
              title={column.about}
              disabled={column.id === fixed}
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
