import { type ReactNode, useState } from 'react';
import { Figure } from '#renderer/widgets/figure.tsx';
import { useNow } from '#renderer/widgets/now.ts';
import { formatAge, formatDay } from '#shared/lib/format.ts';
import type { PriceRow } from '#shared/model/costs.ts';
import styles from './costs.module.css';
import { Money } from './money.tsx';
import { nextPriceSort, type PriceColumn, type PriceSort, perGpu, sortPrices } from './prices-sort.ts';
import { useListCursor } from './use-list-cursor.ts';
import { PROVIDER_TITLES, SOURCE_TITLES } from './words.ts';

interface Column {
  readonly id: PriceColumn;
  readonly title: string;
  readonly about: string;
  readonly text?: boolean;
}
const COLUMNS: readonly Column[] = [
  { id: 'name', title: 'Name', about: 'Machine or model', text: true },
  { id: 'provider', title: 'Provider', about: 'Who is paid', text: true },
  { id: 'gpu', title: 'GPU', about: 'GPUs of the machine', text: true },
  { id: 'region', title: 'Region', about: 'Where the price holds', text: true },
  { id: 'usd_hour', title: '$ / h', about: 'Of the whole machine, an hour' },
  { id: 'usd_gpu_hour', title: '$ / GPU h', about: 'Of one of its GPUs, an hour' },
  { id: 'usd_million_in', title: '$ / M in', about: 'Of a million tokens of input' },
  { id: 'usd_million_out', title: '$ / M out', about: 'Of a million tokens of output' },
  { id: 'source', title: 'Source', about: 'Where the price is from', text: true },
  { id: 'as_of', title: 'Age', about: 'How old the price is' },
  { id: 'origin', title: 'Read from', about: 'Where it was read', text: true },
];

/** Older than this, a price is worth a look. */
const OLD_SECONDS = 183 * 86_400;

/** A row per price; a row opens to be edited. */
export function PricesTable(props: {
  readonly rows: readonly PriceRow[];
  readonly onEdit: (row: PriceRow) => void;
}): ReactNode {
  const [sort, setSort] = useState<PriceSort | null>(null);
  const [current, setCurrent] = useState<string | null>(null);
  const now = useNow(60_000);
  const rows = sortPrices(props.rows, sort);
  const room = useListCursor({
    ids: rows.map(keyOf),
    chosen: current,
    what: 'price',
    onChoose: setCurrent,
    open: {
      title: 'Edit the chosen price…',
      run: (key) => {
        const row = rows.find((one) => keyOf(one) === key);
        if (row !== undefined) props.onEdit(row);
      },
    },
  });
  return (
    <div className={`${styles.tableRoom} ${styles.tall}`} data-testid="prices" ref={room}>
      <table className={styles.table} aria-label="Prices">
        <thead>
          <tr>
            {COLUMNS.map(({ id, title, about, text }) => (
              <th
                key={id}
                scope="col"
                data-text={text === true}
                aria-sort={sort?.by !== id ? 'none' : sort.desc ? 'descending' : 'ascending'}
              >
                <button
                  type="button"
                  className={styles.sort}
                  title={about}
                  onClick={() => setSort(nextPriceSort(sort, id))}
                >
                  {title}
                  {sort?.by === id && <span aria-hidden="true">{sort.desc ? ' ↓' : ' ↑'}</span>}
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Row
              key={keyOf(row)}
              row={row}
              now={now}
              isCurrent={keyOf(row) === current}
              onFocus={() => setCurrent(keyOf(row))}
              onEdit={() => props.onEdit(row)}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** The same thing may be listed in several regions. */
const keyOf = ({ id, region }: PriceRow): string => `${id} ${region ?? ''}`;

function Row(props: {
  readonly row: PriceRow;
  readonly now: number;
  readonly isCurrent: boolean;
  readonly onFocus: () => void;
  readonly onEdit: () => void;
}): ReactNode {
  const { row, now } = props;
  const { title, about } = SOURCE_TITLES[row.source];
  const age = now - row.as_of;
  const byHour = row.usd_hour !== null;
  return (
    <tr data-id={keyOf(row)} data-price={row.id} data-current={props.isCurrent} onFocus={props.onFocus}>
      <th scope="row">
        <button
          type="button"
          className={styles.nameButton}
          title={`${row.id}: edit its price`}
          onClick={props.onEdit}
        >
          {row.name}
        </button>
      </th>
      <td data-text="true">{PROVIDER_TITLES[row.provider]}</td>
      <td data-text="true">
        {row.gpu === null ? (
          <Figure text="–" unknown={byHour ? 'It has no GPU' : 'Billed by the token'} />
        ) : row.gpu_count === 1 ? (
          row.gpu
        ) : (
          `${row.gpu_count} × ${row.gpu}`
        )}
      </td>
      <td data-text="true">
        {row.region ?? <Figure text="–" unknown={byHour ? 'Wherever it is' : 'The same everywhere'} />}
      </td>
      {[row.usd_hour, perGpu(row)].map((usd, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the machine's, then a GPU's
        <td key={at}>
          <Money usd={usd} unknown={byHour ? 'It has no GPU' : 'Billed by the token'} />
        </td>
      ))}
      {[row.usd_million_in, row.usd_million_out].map((usd, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: in, then out
        <td key={at}>
          <Money usd={usd} unknown="Billed by the hour" />
        </td>
      ))}
      <td data-text="true" title={about}>
        {row.source === 'override' ? <span className={styles.tag}>{title}</span> : title}
      </td>
      <td title={formatDay(row.as_of)}>
        <span className={age > OLD_SECONDS ? styles.old : undefined}>{formatAge(Math.max(0, age))}</span>
      </td>
      <td data-text="true" className={styles.clip} title={row.origin}>
        {row.origin}
      </td>
    </tr>
  );
}
