import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useApi } from '#renderer/client/query.tsx';
import { paths } from '#renderer/client/routes.ts';
import { At } from '#renderer/widgets/figure.tsx';
import { Money } from '#renderer/widgets/money.tsx';
import { useNow } from '#renderer/widgets/now.ts';
import { MarketTag, RentalMark } from '#renderer/widgets/rental-mark.tsx';
import { gpuWords, hourWords, isOpen, keptWords } from '#renderer/widgets/rental-words.ts';
import { isTerminal, type JobDetail } from '#shared/model/job.ts';
import type { Rental } from '#shared/model/rentals.ts';
import type { EpochSeconds, Milliseconds } from '#shared/model/units.ts';
import styles from './rental.module.css';

const FOLLOWS: Milliseconds = 2_000;
/** Attempts beyond these stand in Rentals. */
const MOST = 3;

/** The machines that a job of the own store rented: what they cost, and whether they are gone. Nothing for other jobs. */
export function RentalStrip(props: {
  readonly job: Pick<JobDetail, 'job_id' | 'provider_type' | 'status' | 'cost_usd'>;
}): ReactNode {
  const { job } = props;
  const { orpc } = useApi();
  const ended = isTerminal(job.status);
  const input = { job_id: job.job_id, limit: 20 };
  const answer = useQuery({
    ...orpc.rentals.list.queryOptions({
      input,
      enabled: job.provider_type === 'vastai',
      refetchInterval: ({ state }) => (!ended || state.data?.rentals.some(isOpen) === true ? FOLLOWS : false),
    }),
    // A job whose cost has changed since it ended has its bill: then it is asked for anew.
    queryKey: [...orpc.rentals.list.queryKey({ input }), ended ? job.cost_usd : null],
    placeholderData: keepPreviousData,
  }).data;
  const now = useNow(answer?.rentals.some(isOpen) === true ? 1_000 : null);
  if (answer === undefined || answer.rentals.length === 0) return null;
  const shown = answer.rentals.slice(0, MOST);
  return (
    <section className={styles.rentals} aria-label="Rented for this job">
      {shown.map((rental, at) => (
        <div key={rental.rental_id} className={styles.rental}>
          <RentalFacts rental={rental} now={now} />
          {at === 0 && (
            <a href={`#${paths.offers('rentals', new URLSearchParams({ job: job.job_id }).toString())}`}>
              {answer.total > MOST ? `Rentals: ${answer.total} attempts` : 'Rentals'}
            </a>
          )}
        </div>
      ))}
    </section>
  );
}

function RentalFacts(props: { readonly rental: Rental; readonly now: EpochSeconds }): ReactNode {
  const { rental } = props;
  const kept = keptWords(rental, props.now);
  return (
    <>
      <RentalMark state={rental.state} />
      <span>
        {gpuWords(rental.gpu_name, rental.num_gpus)} <MarketTag market={rental.market} />
      </span>
      <span className="dim">
        contract <span className="figure">{rental.contract_id ?? 'none'}</span>
      </span>
      <span className="figure">{hourWords(rental.usd_hour)}</span>
      {rental.cost_usd !== null && (
        <span>
          <Money usd={rental.cost_usd} />{' '}
          <span className="dim">
            {isOpen(rental) ? 'so far' : rental.cost_from === 'bill' ? 'by its bill' : 'until its bill comes'}
          </span>
        </span>
      )}
      {kept !== null && <span className="dim">{kept}</span>}
      {rental.verified_at !== null && (
        <span className="dim">
          destroyed, verified gone at <At at={rental.verified_at} clockOnly />
        </span>
      )}
      {rental.failure !== null && (
        <span className={styles.failed} title={rental.failure.message}>
          {rental.ended_because ?? rental.failure.message} <code>{rental.failure.code}</code>
        </span>
      )}
    </>
  );
}
