import { Button, SegmentedControl } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { shownFailure } from '#renderer/client/failure.ts';
import { paths } from '#renderer/client/routes.ts';
import { useActions } from '#renderer/widgets/actions/use-actions.tsx';
import { Confirm } from '#renderer/widgets/confirm.tsx';
import { Delayed } from '#renderer/widgets/delayed.tsx';
import { Ago } from '#renderer/widgets/figure.tsx';
import { EmptyState, FailureNotice } from '#renderer/widgets/notice.tsx';
import { destroyWords, gpuWords, hourWords, instances, isOpen } from '#renderer/widgets/rental-words.ts';
import { View } from '#renderer/widgets/view.tsx';
import { formatCount, formatId } from '#shared/lib/format.ts';
import type { Rental, RentalStatus } from '#shared/model/rentals.ts';
import { CheckReport } from './check-report.tsx';
import { Outcomes } from './outcomes.tsx';
import styles from './rentals.module.css';
import { RentalsTable } from './rentals-table.tsx';
import { type RentalsView, useRentalsView } from './rentals-url.ts';
import { rentalTarget, useDestroy } from './use-destroy.ts';
import { useReconcile, useRentals } from './use-rentals.ts';

const PAGE = 200;
const MOST = 1000;

/** The ledger: everything that was ever rented, what it costs, and that it is gone. */
export function RentalsPage(props: { readonly title: ReactNode }): ReactNode {
  const [view, setView] = useRentalsView();
  const [limit, setLimit] = useState(PAGE);
  const [chosen, setChosen] = useState<string | null>(view.rental);
  const [asked, setAsked] = useState<Rental | null>(null);
  const rentals = useRentals({ limit, open: view.open, job: view.job });
  const check = useReconcile();
  const destroy = useDestroy();
  const answer = rentals.data;
  const all = answer?.rentals ?? [];
  const current = all.find(({ rental_id }) => rental_id === chosen);
  const checkNow = (): void => {
    if (!check.isPending) check.mutate();
  };
  const ask = (rental: Rental): void => {
    destroy.clear();
    setAsked(rental);
  };
  useActions(
    [
      { id: 'rentals.check', title: 'Check now what exists', group: 'Rentals', keys: ['r'], run: checkNow },
      {
        id: 'rentals.open-only',
        title: view.open ? 'Show all rentals' : 'Show only rentals that are not over',
        group: 'Rentals',
        keys: ['f'],
        run: () => setView({ ...view, open: !view.open }),
      },
      {
        id: 'rentals.destroy',
        title: 'Destroy the chosen rental…',
        group: 'Rentals',
        keys: ['shift+x'],
        disabled: current === undefined || !isOpen(current),
        run: () => {
          if (current !== undefined) ask(current);
        },
      },
    ],
    'part',
  );
  return (
    <View
      title={props.title}
      actions={
        <Button
          variant="default"
          loading={check.isPending}
          title="Asks the markets what exists, and compares it with the ledger  R"
          onClick={checkNow}
        >
          Check now
        </Button>
      }
    >
      <div className={styles.toolbar}>
        <SegmentedControl
          aria-label="Which rentals"
          value={view.open ? 'open' : 'all'}
          data={[
            { value: 'all', label: 'All' },
            { value: 'open', label: 'Not over' },
          ]}
          onChange={(value) => setView({ ...view, open: value === 'open' })}
        />
        {view.job !== null && (
          <Button
            variant="default"
            title="Show those of all jobs"
            onClick={() => setView({ ...view, job: null })}
          >
            Of job {formatId(view.job)} ×
          </Button>
        )}
        <span className={styles.grow} />
        {answer !== undefined && <Totals status={answer} />}
      </div>
      {asked !== null && (
        <Confirm
          question={questionOf(asked)}
          confirm={destroyWords(gpuWords(asked.gpu_name, asked.num_gpus), asked.usd_hour)}
          onConfirm={() => {
            destroy.destroy([rentalTarget(asked)]);
            setAsked(null);
          }}
          onDismiss={() => setAsked(null)}
        />
      )}
      <Outcomes destroy={destroy} />
      {check.data !== undefined && <CheckReport reports={check.data} onClose={check.reset} />}
      {check.error !== null && (
        <div className={styles.notice}>
          <FailureNotice
            failure={shownFailure(check.error)}
            what="What exists could not be compared with the ledger."
            onRetry={checkNow}
          />
        </div>
      )}
      {rentals.error !== null && (
        <div className={styles.notice}>
          <FailureNotice
            failure={shownFailure(rentals.error)}
            what="The rentals could not be read."
            onRetry={() => void rentals.refetch()}
          />
        </div>
      )}
      {answer !== undefined && answer.trouble !== null && check.data === undefined && (
        <div className={styles.notice}>
          <FailureNotice
            failure={answer.trouble}
            what="The market could not be asked what exists there. What follows is what the ledger knows."
            onRetry={checkNow}
          />
        </div>
      )}
      {answer === undefined ? (
        rentals.error === null && (
          <Delayed>
            <p className={`dim ${styles.pad}`} role="status">
              Reading the ledger…
            </p>
          </Delayed>
        )
      ) : all.length === 0 ? (
        <Nothing view={view} onAll={() => setView({ ...view, open: false, job: null })} />
      ) : (
        <>
          <RentalsTable
            rentals={all}
            chosen={chosen}
            opened={view.rental !== null && view.rental === chosen}
            onChoose={(id) => {
              setChosen(id);
              if (view.rental !== null && view.rental !== id) setView({ ...view, rental: null });
            }}
            onOpen={(id) => {
              setChosen(id);
              setView({ ...view, rental: view.rental === id ? null : id });
            }}
            onDestroy={ask}
          />
          {answer.total > all.length && (
            <p className={`dim ${styles.more}`}>
              The newest {formatCount(all.length)} of {formatCount(answer.total)}.{' '}
              {limit < MOST && (
                <Button variant="default" size="compact-xs" onClick={() => setLimit(limit + PAGE)}>
                  Show {PAGE} more
                </Button>
              )}
            </p>
          )}
        </>
      )}
    </View>
  );
}

/** What is paid every hour now, and when the market last confirmed it. */
function Totals({ status }: { readonly status: RentalStatus }): ReactNode {
  return (
    <>
      <span>
        {status.running === 0 ? (
          'Nothing is rented now'
        ) : (
          <>
            <strong className="figure">{instances(status.running)}</strong> rented now,{' '}
            <strong className="figure">{hourWords(status.usd_hour)}</strong>
          </>
        )}
      </span>
      <span className="dim">
        {status.checked_at === null ? (
          'market not asked since the start'
        ) : (
          <>
            market asked <Ago at={status.checked_at} />
          </>
        )}
      </span>
    </>
  );
}

const questionOf = (rental: Rental): string =>
  rental.state === 'kept' || rental.state === 'closing'
    ? 'No job uses it now; its disk goes with it.'
    : `Job ${formatId(rental.job_id)} may be using it and would fail; its disk goes with it.`;

function Nothing(props: { readonly view: RentalsView; readonly onAll: () => void }): ReactNode {
  const { open, job } = props.view;
  const narrowed = open || job !== null;
  return (
    <EmptyState
      title={
        job !== null ? 'This job rented nothing' : open ? 'Nothing is rented now' : 'Nothing was rented yet'
      }
      action={
        narrowed ? (
          <Button variant="default" onClick={props.onAll}>
            Show all rentals
          </Button>
        ) : (
          <a href={`#${paths.offers()}`}>Choose an offer</a>
        )
      }
    >
      {narrowed
        ? 'What jobs rent stands here while it is paid for.'
        : 'Every machine that a job rents stands here, from before the market is asked for it until it is seen gone: what it costs, what it promised, and what it delivered.'}
    </EmptyState>
  );
}
