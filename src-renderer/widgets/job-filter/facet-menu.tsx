import { Button, Checkbox, Popover, TextInput } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { formatCount } from '#shared/lib/format.ts';
import styles from './filter-bar.module.css';

export interface FacetValue {
  readonly value: string | null;
  readonly count: number;
}

/** One filter of the bar: its values with how many jobs have each, any number of them chosen. */
export function FacetMenu(props: {
  readonly title: string;
  readonly values: readonly FacetValue[];
  readonly chosen: readonly string[];
  readonly onToggle: (value: string) => void;
  readonly onClear: () => void;
}): ReactNode {
  const { title, chosen } = props;
  const [search, setSearch] = useState('');
  const known = props.values.flatMap((one) =>
    one.value === null ? [] : [{ value: one.value, count: one.count }],
  );
  const missing = chosen.filter((value) => !known.some((one) => one.value === value));
  const all = [...missing.map((value) => ({ value, count: 0 })), ...known];
  const shown = all.filter((one) => one.value.toLowerCase().includes(search.toLowerCase()));
  const unsaid = props.values.find((one) => one.value === null)?.count ?? 0;
  const label = chosen.length === 0 ? title : `${title}: ${chosen.length === 1 ? chosen[0] : chosen.length}`;
  return (
    <Popover position="bottom-start" width={260} onClose={() => setSearch('')} trapFocus>
      <Popover.Target>
        <Button
          variant={chosen.length === 0 ? 'default' : 'light'}
          className={styles.facet}
          aria-haspopup="dialog"
          aria-label={chosen.length === 0 ? `Filter by ${title.toLowerCase()}` : `Filter by ${label}`}
          title={chosen.length === 0 ? `Filter by ${title.toLowerCase()}` : `${title}: ${chosen.join(', ')}`}
        >
          {label}
        </Button>
      </Popover.Target>
      <Popover.Dropdown p={8} aria-label={`Filter by ${title.toLowerCase()}`}>
        {all.length > 8 && (
          <TextInput
            value={search}
            onChange={(event) => setSearch(event.currentTarget.value)}
            placeholder={`Find among ${all.length}`}
            aria-label={`Find a ${title.toLowerCase()}`}
            mb={6}
          />
        )}
        <div className={styles.values}>
          {shown.slice(0, 200).map((one) => (
            <Checkbox
              key={one.value}
              checked={chosen.includes(one.value)}
              onChange={() => props.onToggle(one.value)}
              label={
                <span className={styles.value}>
                  <span title={one.value}>{one.value}</span>
                  <span className="figure dim">{formatCount(one.count)}</span>
                </span>
              }
              classNames={{ labelWrapper: styles.grow ?? '', body: styles.valueBody ?? '' }}
            />
          ))}
          {shown.length === 0 && (
            <span className="faint">{all.length === 0 ? 'No job yet' : 'None has this name'}</span>
          )}
        </div>
        {unsaid > 0 && (
          <p className="faint" title="These jobs do not say; they match no value">
            {formatCount(unsaid)} without a value
          </p>
        )}
        {chosen.length > 0 && (
          <Button variant="subtle" fullWidth mt={6} onClick={props.onClear}>
            Clear {title.toLowerCase()}
          </Button>
        )}
      </Popover.Dropdown>
    </Popover>
  );
}
