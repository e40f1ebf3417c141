import { Button } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useListCursor } from '#renderer/widgets/actions/use-list-cursor.ts';
import { Ago, Figure } from '#renderer/widgets/figure.tsx';
import { Money } from '#renderer/widgets/money.tsx';
import { MarketTag } from '#renderer/widgets/rental-mark.tsx';
import { formatCount, formatDuration, formatSignificant, UNKNOWN } from '#shared/lib/format.ts';
import type { Blocks } from '../use-offers.ts';
import { type MachineColumn, type MachineRow, type MachineSort, sortMachines } from './machine-rows.ts';
import { RatioBar } from './ratio-bar.tsx';
import styles from './rentals.module.css';

interface Column {
  readonly id: MachineColumn;
  readonly title: string;
  readonly about: string;
  readonly text?: boolean;
}
const COLUMNS: readonly Column[] = [
  { id: 'machine', title: 'Machine', about: 'As its market numbers it', text: true },
  { id: 'host', title: 'Host', about: 'Whose machine it is' },
  { id: 'gpu', title: 'GPU', about: 'What it has', text: true },
  { id: 'rentals', title: 'Rentals', about: 'How often it was rented' },
  { id: 'failed', title: 'Failed', about: 'Rentals that never answered, or were lost' },
  { id: 'boot', title: 'Boot', about: 'Until its model server answered: the median' },
  { id: 'download', title: 'Down, of promised', about: 'Mbit/s measured, of those its offers named' },
  { id: 'tokens', title: 'Tokens / s', about: 'Of its answers: the median' },
  { id: 'usd', title: 'Spent', about: 'On all its rentals' },
  { id: 'last', title: 'Last rented', about: 'When it was last asked for' },
];

/** A row per machine or host, with what keeps it from being rented again. */
export function MachinesTable(props: {
  readonly rows: readonly MachineRow[];
  readonly by: 'machine' | 'host';
  readonly blocks: Blocks;
}): ReactNode {
  const { by, blocks } = props;
  const [sort, setSort] = useState<MachineSort>({ by: 'last', desc: true });
  const [chosen, setChosen] = useState<string | null>(null);
  const rows = sortMachines(props.rows, sort);
  const columns = COLUMNS.filter(({ id }) => by === 'machine' || id !== 'machine');
  const room = useListCursor({
    ids: rows.map(({ key }) => key),
    chosen,
    what: by,
    group: 'Machines',
    onChoose: setChosen,
  });
  return (
    <div className={styles.tableRoom} data-testid="machines" ref={room}>
      <table className={styles.table} aria-label={by === 'machine' ? 'Machines' : 'Hosts'}>
        <thead>
          <tr>
            {columns.map(({ id, title, about, text }) => (
              <th
                key={id}
                scope="col"
                data-text={text === true}
                aria-sort={sort.by !== id ? 'none' : sort.desc ? 'descending' : 'ascending'}
              >
                <button
                  type="button"
                  className={styles.sort}
                  title={about}
                  onClick={() =>
                    setSort({ by: id, desc: sort.by === id ? !sort.desc : id !== 'gpu' && id !== 'boot' })
                  }
                >
                  {title}
                  {sort.by === id && <span aria-hidden="true">{sort.desc ? ' ↓' : ' ↑'}</span>}
                </button>
              </th>
            ))}
            <th scope="col" className={styles.deed}>
              <span className="visually-hidden">Block</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr
              key={row.key}
              data-id={row.key}
              data-current={row.key === chosen}
              onFocus={() => setChosen(row.key)}
            >
              {columns.map(({ id, text }, at) =>
                at === 0 ? (
                  <th key={id} scope="row">
                    <Name row={row} />
                  </th>
                ) : (
                  <td key={id} data-text={text === true}>
                    <Cell row={row} column={id} />
                  </td>
                ),
              )}
              <td className={styles.deed}>
                <BlockButtons row={row} blocks={blocks} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const Name = ({ row }: { readonly row: MachineRow }): ReactNode => (
  <>
    <span className="figure">{row.machine_id ?? row.host_id}</span>{' '}
    <span className="dim">
      {row.machine_id === null && `${row.machines} ${row.machines === 1 ? 'machine' : 'machines'} `}
      <MarketTag market={row.market} />
    </span>
  </>
);

function Cell(props: { readonly row: MachineRow; readonly column: MachineColumn }): ReactNode {
  const { row } = props;
  switch (props.column) {
    case 'machine':
      return row.machine_id;
    case 'host':
      return (
        <Figure
          text={row.host_id === null ? UNKNOWN : String(row.host_id)}
          unknown="The offer did not name it"
        />
      );
    case 'gpu':
      return row.gpu_name;
    case 'rentals':
      return <Figure text={formatCount(row.rentals)} />;
    case 'failed':
      return (
        <span
          className={row.failed * 2 >= row.rentals ? styles.failed : undefined}
          title={`${row.failed} of ${row.rentals} rentals never answered, or were lost`}
        >
          <Figure text={formatCount(row.failed)} />
        </span>
      );
    case 'boot':
      return (
        <Figure
          text={formatDuration(row.boot_s === null ? null : row.boot_s * 1000)}
          unknown="It never answered"
        />
      );
    case 'download':
      return <RatioBar got={row.download_mbps} promised={row.promised_mbps} unit="Mbit/s" />;
    case 'tokens':
      return (
        <Figure
          text={row.tokens_per_s === null ? UNKNOWN : formatSignificant(row.tokens_per_s)}
          exact={row.model ?? undefined}
          unknown={
            row.machine_id === null
              ? 'Its machines ran different models, or answered nothing that could be measured'
              : 'It has answered nothing that could be measured'
          }
        />
      );
    case 'usd':
      return <Money usd={row.usd} />;
    case 'last':
      return <Ago at={row.last_at} short />;
  }
}

function BlockButtons(props: { readonly row: MachineRow; readonly blocks: Blocks }): ReactNode {
  const { settings, toggle } = props.blocks;
  const { machine_id, host_id } = props.row;
  const button = (kind: 'machine' | 'host', id: number | null): ReactNode => {
    if (id === null || settings === undefined) return null;
    const isBlocked = (kind === 'host' ? settings.blocked_hosts : settings.blocked_machines).includes(id);
    return (
      <Button
        variant="default"
        size="compact-xs"
        className={(isBlocked ? styles.blocked : undefined) ?? ''}
        aria-label={`${isBlocked ? 'Unblock' : 'Block'} ${kind} ${id}`}
        title={isBlocked ? 'It is never rented; let it be rented again' : 'Never rent it again'}
        onClick={() => toggle(kind, id)}
      >
        {isBlocked ? 'Unblock' : 'Block'} {kind}
      </Button>
    );
  };
  return (
    <span className={styles.blocks}>
      {button('machine', machine_id)}
      {button('host', host_id)}
    </span>
  );
}
