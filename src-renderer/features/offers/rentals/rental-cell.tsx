import type { ReactNode } from 'react';
import { paths } from '#renderer/client/routes.ts';
import { Ago, Figure } from '#renderer/widgets/figure.tsx';
import { Money } from '#renderer/widgets/money.tsx';
import { MarketTag, RentalMark } from '#renderer/widgets/rental-mark.tsx';
import { gpuWords, isOpen, keptWords, paidMs } from '#renderer/widgets/rental-words.ts';
import {
  formatDuration,
  formatDurationExact,
  formatId,
  formatIso,
  formatSignificant,
  UNKNOWN,
} from '#shared/lib/format.ts';
import type { Rental } from '#shared/model/rentals.ts';
import { OWN } from '#shared/model/source.ts';
import type { EpochSeconds } from '#shared/model/units.ts';
import { RatioBar } from './ratio-bar.tsx';
import styles from './rentals.module.css';
import type { RentalColumn } from './rentals-sort.ts';

/** One figure of a rental; what is not known says why. */
export function RentalCell(props: {
  readonly rental: Rental;
  readonly column: RentalColumn;
  readonly now: EpochSeconds;
}): ReactNode {
  const { rental, now } = props;
  const open = isOpen(rental);
  switch (props.column) {
    case 'state':
      return <RentalMark state={rental.state} />;
    case 'market':
      return <MarketTag market={rental.market} />;
    case 'gpu':
      return gpuWords(rental.gpu_name, rental.num_gpus);
    case 'machine':
      return (
        <Figure
          text={rental.machine_id === null ? UNKNOWN : `${rental.machine_id} / ${rental.host_id ?? UNKNOWN}`}
          unknown="The offer did not name its machine"
        />
      );
    case 'job':
      return (
        <a href={`#${paths.job(OWN, rental.job_id)}`} className="figure" title={rental.job_id}>
          {formatId(rental.job_id)}
        </a>
      );
    case 'usd_hour':
      return <Money usd={rental.usd_hour} />;
    case 'started':
      return <Ago at={rental.started_at} short unknown={notYet(rental, 'It was not billed')} />;
    case 'duration': {
      const ms = paidMs(rental, now);
      return (
        <Figure
          text={formatDuration(ms === null || !open ? ms : Math.round(ms / 1000) * 1000)}
          exact={open ? 'still paid for' : formatDurationExact(ms)}
          unknown={notYet(rental, 'It was not billed')}
        />
      );
    }
    case 'cost':
      return (
        <>
          <Money usd={rental.cost_usd} unknown={notYet(rental, 'Nothing was made that could cost')} />
          {rental.cost_usd !== null && <CostFrom rental={rental} />}
        </>
      );
    case 'boot':
      return (
        <Figure
          text={formatDuration(rental.boot_s === null ? null : rental.boot_s * 1000)}
          unknown={notYet(rental, 'It never answered')}
        />
      );
    case 'download':
      return <RatioBar got={rental.download_mbps} promised={rental.promised_mbps} unit="Mbit/s" />;
    case 'tokens':
      return (
        <Figure
          text={rental.tokens_per_s === null ? UNKNOWN : formatSignificant(rental.tokens_per_s)}
          exact={rental.model ?? undefined}
          unknown="It has answered nothing that could be measured"
        />
      );
    case 'ended':
      return <Ended rental={rental} now={now} />;
  }
}

const notYet = (rental: Rental, otherwise: string): string => (isOpen(rental) ? 'Not yet' : otherwise);

/** What a cost is from: the market's word, or ours until it comes. */
function CostFrom({ rental }: { readonly rental: Rental }): ReactNode {
  const fromBill = rental.cost_from === 'bill';
  return (
    <span
      className={`faint ${styles.from}`}
      title={
        fromBill
          ? "The market's bill, as far as it has come"
          : 'Our reckoning: the hours at its price, and the bytes we know of. The bill takes its place.'
      }
    >
      {fromBill ? 'bill' : 'clock'}
    </span>
  );
}

function Ended(props: { readonly rental: Rental; readonly now: EpochSeconds }): ReactNode {
  const { rental } = props;
  const kept = keptWords(rental, props.now);
  if (kept !== null) return <span title={formatIso(rental.keep_until)}>{kept}</span>;
  if (rental.failure !== null)
    return (
      <span className={styles.failed} title={rental.failure.message}>
        {rental.ended_because ?? rental.failure.message} <code>{rental.failure.code}</code>
      </span>
    );
  return rental.ended_because === null ? (
    <Figure text={UNKNOWN} unknown="It has not ended" />
  ) : (
    <span title={rental.ended_because}>{rental.ended_because}</span>
  );
}
