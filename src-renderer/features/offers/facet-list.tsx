import { Button, Checkbox, TextInput } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { formatCount } from '#shared/lib/format.ts';
import styles from './filters.module.css';
import type { Facet } from './listing.ts';

const FEW = 6;
const SEARCHABLE = 14;

/** Values with how many offers have each; any number may be chosen, none is all. */
export function FacetList(props: {
  readonly title: string;
  readonly values: readonly Facet[];
  readonly chosen: readonly string[];
  readonly onChange: (chosen: readonly string[]) => void;
}): ReactNode {
  const { title, values, chosen } = props;
  const [open, setOpen] = useState(false);
  const [search, setSearch] = useState('');
  const known = [
    ...chosen
      .filter((value) => !values.some((one) => one.value === value))
      .map((value) => ({ value, count: 0 })),
    ...values,
  ];
  const found = known.filter(({ value }) => value.toLowerCase().includes(search.toLowerCase()));
  // What is chosen stays in sight, wherever its count puts it.
  const shown = open ? found : found.filter(({ value }, at) => at < FEW || chosen.includes(value));
  return (
    <section aria-label={title} className={styles.facet}>
      <div className={styles.head}>
        <h3>{title}</h3>
        {chosen.length > 0 && (
          <Button variant="subtle" size="compact-xs" onClick={() => props.onChange([])}>
            All
          </Button>
        )}
      </div>
      {open && known.length > SEARCHABLE && (
        <TextInput
          value={search}
          placeholder={`Find among ${known.length}`}
          aria-label={`Find a ${title}`}
          maxLength={64}
          onChange={(event) => setSearch(event.currentTarget.value)}
        />
      )}
      {shown.map(({ value, count }) => (
        <Checkbox
          key={value}
          checked={chosen.includes(value)}
          onChange={() =>
            props.onChange(
              chosen.includes(value) ? chosen.filter((one) => one !== value) : [...chosen, value],
            )
          }
          label={
            <span className={styles.value} data-none={count === 0}>
              <span title={value}>{value}</span>
              <span className="figure faint">{formatCount(count)}</span>
            </span>
          }
          classNames={{ labelWrapper: styles.grow ?? '', body: styles.check ?? '' }}
        />
      ))}
      {shown.length === 0 && (
        <span className="faint">{known.length === 0 ? 'None' : 'None has this name'}</span>
      )}
      {known.length > FEW && (
        <Button
          variant="subtle"
          size="compact-xs"
          aria-expanded={open}
          onClick={() => {
            setOpen(!open);
            setSearch('');
          }}
        >
          {open ? 'Fewer' : `All ${known.length}`}
        </Button>
      )}
    </section>
  );
}
