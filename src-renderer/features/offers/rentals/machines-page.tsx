import { SegmentedControl } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { shownFailure } from '#renderer/client/failure.ts';
import { paths } from '#renderer/client/routes.ts';
import { useActions } from '#renderer/widgets/actions/use-actions.tsx';
import { Delayed } from '#renderer/widgets/delayed.tsx';
import { EmptyState, FailureNotice } from '#renderer/widgets/notice.tsx';
import { View } from '#renderer/widgets/view.tsx';
import { formatCount } from '#shared/lib/format.ts';
import { useBlocks } from '../use-offers.ts';
import { hostRows, machineRows } from './machine-rows.ts';
import { MachinesTable } from './machines-table.tsx';
import styles from './rentals.module.css';
import { useMachines } from './use-rentals.ts';

/** What machines promised and what they delivered, and which are never rented again. */
export function MachinesPage(props: { readonly title: ReactNode }): ReactNode {
  const machines = useMachines();
  const blocks = useBlocks();
  const [by, setBy] = useState<'machine' | 'host'>('machine');
  useActions(
    [
      {
        id: 'machines.by',
        title: by === 'machine' ? 'Machines by host' : 'Machine by machine',
        group: 'Machines',
        keys: ['f'],
        run: () => setBy(by === 'machine' ? 'host' : 'machine'),
      },
    ],
    'part',
  );
  const all = machines.data ?? [];
  const rows = by === 'machine' ? machineRows(all) : hostRows(all);
  const blocked =
    (blocks.settings?.blocked_hosts.length ?? 0) + (blocks.settings?.blocked_machines.length ?? 0);
  return (
    <View title={props.title}>
      <div className={styles.toolbar}>
        <SegmentedControl
          aria-label="Rows"
          value={by}
          data={[
            { value: 'machine', label: 'By machine' },
            { value: 'host', label: 'By host' },
          ]}
          onChange={(value) => setBy(value === 'host' ? 'host' : 'machine')}
        />
        <span className="dim">
          {all.length > 0 &&
            `${formatCount(rows.length)} ${by}${rows.length === 1 ? '' : 's'}, medians over their rentals`}
        </span>
        <span className={styles.grow} />
        <a href={`#${paths.settings('offers')}`}>
          {blocked === 0 ? 'None is blocked' : `${formatCount(blocked)} blocked`}
        </a>
      </div>
      {[machines.error, blocks.error].map(
        (error, at) =>
          error !== null && (
            <div key={at === 0 ? 'read' : 'block'} className={styles.notice}>
              <FailureNotice
                failure={shownFailure(error)}
                what={
                  at === 0 ? 'The machines could not be read.' : 'The list of blocked ones was not saved.'
                }
                {...(at === 0 ? { onRetry: () => void machines.refetch() } : {})}
              />
            </div>
          ),
      )}
      {machines.data === undefined ? (
        machines.error === null && (
          <Delayed>
            <p className={`dim ${styles.pad}`} role="status">
              Reading the ledger…
            </p>
          </Delayed>
        )
      ) : rows.length === 0 ? (
        <EmptyState
          title="No machine was rented yet"
          action={<a href={`#${paths.offers()}`}>Choose an offer</a>}
        >
          Every machine that was rented stands here with what its offer promised and what was measured: how
          long it took to boot, how fast it downloads and answers, and how often it failed.
        </EmptyState>
      ) : (
        <MachinesTable rows={rows} by={by} blocks={blocks} />
      )}
    </View>
  );
}
