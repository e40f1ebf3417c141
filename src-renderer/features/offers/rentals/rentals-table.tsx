import { Button } from '@mantine/core';
import { Fragment, type ReactNode, useState } from 'react';
import { useListCursor } from '#renderer/widgets/actions/use-list-cursor.ts';
import { useNow } from '#renderer/widgets/now.ts';
import { gpuWords, isOpen } from '#renderer/widgets/rental-words.ts';
import type { Rental } from '#shared/model/rentals.ts';
import type { EpochSeconds } from '#shared/model/units.ts';
import { RentalCell } from './rental-cell.tsx';
import { RentalDetail } from './rental-detail.tsx';
import styles from './rentals.module.css';
import { nextRentalSort, type RentalColumn, type RentalSort, sortRentals } from './rentals-sort.ts';

interface Column {
  readonly id: RentalColumn;
  readonly title: string;
  readonly about: string;
  readonly text?: boolean;
}
const COLUMNS: readonly Column[] = [
  { id: 'state', title: 'State', about: 'How far it has come', text: true },
  { id: 'market', title: 'Market', about: 'Where it was rented', text: true },
  { id: 'gpu', title: 'GPU', about: 'What was rented', text: true },
  { id: 'usd_hour', title: '$ / h', about: 'With its storage' },
  { id: 'started', title: 'Started', about: 'Since when it is paid for' },
  { id: 'duration', title: 'Duration', about: 'How long it has been paid for' },
  { id: 'cost', title: 'Cost', about: "The market's bill, or our reckoning until it comes" },
  { id: 'job', title: 'Job', about: 'The latest job that used it', text: true },
  { id: 'machine', title: 'Machine / host', about: 'As the market numbers them' },
  { id: 'boot', title: 'Boot', about: 'Until its model server answered' },
  { id: 'download', title: 'Down, of promised', about: 'Mbit/s measured, of those the offer named' },
  { id: 'tokens', title: 'Tokens / s', about: 'Of its answers' },
  { id: 'ended', title: 'Ended because', about: 'Why it was destroyed, or failed', text: true },
];

/** A row per rental; a row opens to everything that is known of it. */
export function RentalsTable(props: {
  readonly rentals: readonly Rental[];
  readonly chosen: string | null;
  readonly opened: boolean;
  readonly onChoose: (id: string) => void;
  /** Opens or closes a row. */
  readonly onOpen: (id: string) => void;
  readonly onDestroy: (rental: Rental) => void;
}): ReactNode {
  const { chosen, opened, onChoose, onOpen } = props;
  const [sort, setSort] = useState<RentalSort | null>(null);
  const rows = sortRentals(props.rentals, sort);
  const now = useNow(rows.some(isOpen) ? 1_000 : 60_000);
  const room = useListCursor({
    ids: rows.map(({ rental_id }) => rental_id),
    chosen,
    what: 'rental',
    group: 'Rentals',
    onChoose,
    open: { title: 'Details of the chosen rental', run: onOpen },
  });
  return (
    <div className={styles.tableRoom} data-testid="rentals" ref={room}>
      <table className={styles.table} aria-label="Rentals">
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
                  onClick={() => setSort(nextRentalSort(sort, id))}
                >
                  {title}
                  {sort?.by === id && <span aria-hidden="true">{sort.desc ? ' ↓' : ' ↑'}</span>}
                </button>
              </th>
            ))}
            <th scope="col" className={styles.deed}>
              <span className="visually-hidden">Destroy</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((rental) => (
            <Fragment key={rental.rental_id}>
              <Row
                rental={rental}
                now={now}
                isCurrent={rental.rental_id === chosen}
                isOpened={opened && rental.rental_id === chosen}
                onFocus={() => onChoose(rental.rental_id)}
                onOpen={() => onOpen(rental.rental_id)}
                onDestroy={() => props.onDestroy(rental)}
              />
              {opened && rental.rental_id === chosen && (
                <tr className={styles.detailRow}>
                  <td colSpan={COLUMNS.length + 1}>
                    <RentalDetail rental={rental} />
                  </td>
                </tr>
              )}
            </Fragment>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row(props: {
  readonly rental: Rental;
  readonly now: EpochSeconds;
  readonly isCurrent: boolean;
  readonly isOpened: boolean;
  readonly onFocus: () => void;
  readonly onOpen: () => void;
  readonly onDestroy: () => void;
}): ReactNode {
  const { rental } = props;
  return (
    <tr
      data-id={rental.rental_id}
      data-current={props.isCurrent}
      data-over={!isOpen(rental)}
      onFocus={props.onFocus}
    >
      {COLUMNS.map(({ id, text }) =>
        id === 'state' ? (
          <th key={id} scope="row">
            <button
              type="button"
              className={styles.state}
              aria-expanded={props.isOpened}
              title="Everything that is known of it  O"
              onClick={props.onOpen}
            >
              <RentalCell rental={rental} column={id} now={props.now} />
            </button>
          </th>
        ) : (
          <td key={id} data-text={text === true} className={id === 'ended' ? styles.clip : undefined}>
            <RentalCell rental={rental} column={id} now={props.now} />
          </td>
        ),
      )}
      <td className={styles.deed}>
        {isOpen(rental) && (
          <Button
            variant="default"
            size="compact-xs"
            aria-label={`Destroy ${gpuWords(rental.gpu_name, rental.num_gpus)}…`}
            onClick={props.onDestroy}
          >
            Destroy…
          </Button>
        )}
      </td>
    </tr>
  );
}
