import { type ReactNode, useState } from 'react';
import { useListCursor } from '#renderer/widgets/actions/use-list-cursor.ts';
import { Figure } from '#renderer/widgets/figure.tsx';
import { Money } from '#renderer/widgets/money.tsx';
import { useNow } from '#renderer/widgets/now.ts';
import { formatAge, formatDay, UNKNOWN } from '#shared/lib/format.ts';
import type { PriceRow } from '#shared/model/costs.ts';
import type { EpochSeconds } from '#shared/model/units.ts';
import styles from './costs.module.css';
import type { PriceKind } from './costs-url.ts';
import { nextPriceSort, type PriceColumn, type PriceSort, perGpu, sortPrices } from './prices-sort.ts';
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
const OLD_SECONDS = 365 * 86_400;

/** Columns that say nothing of the kind that is shown. */
const EMPTY_OF: Readonly<Partial<Record<PriceKind, readonly PriceColumn[]>>> = {
  models: ['gpu', 'region', 'usd_hour', 'usd_gpu_hour'],
  machines: ['usd_million_in', 'usd_million_out'],
};

/** A row per price; a row opens to be edited. */
export function PricesTable(props: {
  readonly rows: readonly PriceRow[];
  readonly kind: PriceKind;
  readonly onEdit: (row: PriceRow) => void;
}): ReactNode {
  const columns = COLUMNS.filter(({ id }) => EMPTY_OF[props.kind]?.includes(id) !== true);
  const [sort, setSort] = useState<PriceSort | null>(null);
  const [current, setCurrent] = useState<string | null>(null);
  const now = useNow(60_000);
  const rows = sortPrices(props.rows, sort);
  const room = useListCursor({
    ids: rows.map(keyOf),
    chosen: current,
    what: 'price',
    group: 'Costs',
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
            {columns.map(({ id, title, about, text }) => (
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
              columns={columns}
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
  readonly columns: readonly Column[];
  readonly now: EpochSeconds;
  readonly isCurrent: boolean;
  readonly onFocus: () => void;
  readonly onEdit: () => void;
}): ReactNode {
  const { row } = props;
  return (
    <tr data-id={keyOf(row)} data-price={row.id} data-current={props.isCurrent} onFocus={props.onFocus}>
      {props.columns.map(({ id, text }) =>
        id === 'name' ? (
          <th key={id} scope="row">
            <button
              type="button"
              className={styles.nameButton}
              title={`${row.id}: edit its price`}
              onClick={props.onEdit}
            >
              {row.name}
            </button>
          </th>
        ) : (
          <td
            key={id}
            data-text={text === true}
            className={id === 'origin' ? styles.clip : undefined}
            title={titleOf(row, id)}
          >
            <Cell row={row} column={id} now={props.now} />
          </td>
        ),
      )}
    </tr>
  );
}

function titleOf(row: PriceRow, column: PriceColumn): string | undefined {
  if (column === 'origin') return row.origin;
  if (column === 'as_of') return formatDay(row.as_of);
  return column === 'source' ? SOURCE_TITLES[row.source].about : undefined;
}

function Cell(props: {
  readonly row: PriceRow;
  readonly column: PriceColumn;
  readonly now: EpochSeconds;
}): ReactNode {
  const { row, column, now } = props;
  const noHour = row.usd_hour === null ? 'Billed by the token' : 'It has no GPU';
  switch (column) {
    case 'name':
      return row.name;
    case 'provider':
      return PROVIDER_TITLES[row.provider];
    case 'gpu':
      if (row.gpu === null) return <Figure text={UNKNOWN} unknown={noHour} />;
      return row.gpu_count === 1 ? row.gpu : `${row.gpu_count} × ${row.gpu}`;
    case 'region':
      return row.region ?? <Figure text={UNKNOWN} unknown="The same wherever it is" />;
    case 'usd_hour':
      return <Money usd={row.usd_hour} unknown={noHour} />;
    case 'usd_gpu_hour':
      return <Money usd={perGpu(row)} unknown={noHour} />;
    case 'usd_million_in':
    case 'usd_million_out':
      return <Money usd={row[column]} unknown="Billed by the hour" />;
    case 'source': {
      const { title } = SOURCE_TITLES[row.source];
      return row.source === 'override' ? <span className={styles.tag}>{title}</span> : title;
    }
    case 'as_of': {
      const age = Math.max(0, now - row.as_of);
      return <span className={age > OLD_SECONDS ? styles.old : undefined}>{formatAge(age)}</span>;
    }
    case 'origin':
      return row.origin;
  }
}
