import type { ReactNode } from 'react';
import { CopyButton } from '#renderer/widgets/copy.tsx';
import { At, Figure } from '#renderer/widgets/figure.tsx';
import { FailureNotice } from '#renderer/widgets/notice.tsx';
import { STATE_MEANS } from '#renderer/widgets/rental-words.ts';
import { formatPercent, UNKNOWN } from '#shared/lib/format.ts';
import type { Rental } from '#shared/model/rentals.ts';
import type { EpochSeconds } from '#shared/model/units.ts';
import styles from './rentals.module.css';

/** Everything that the ledger has of one rental. */
export function RentalDetail({ rental }: { readonly rental: Rental }): ReactNode {
  return (
    <div className={styles.detail}>
      <p className="dim">{STATE_MEANS[rental.state]}.</p>
      <dl className={styles.facts}>
        <Fact name="Contract">
          {rental.contract_id === null ? (
            <Figure text={UNKNOWN} unknown="None is known" />
          ) : (
            <Copied text={String(rental.contract_id)} />
          )}
        </Fact>
        <Fact name="Label">
          <Copied text={rental.label} />
        </Fact>
        <Fact name="Offer">
          <Copied text={String(rental.offer_id)} />
        </Fact>
        <Fact name="Rental">
          <Copied text={rental.rental_id} />
        </Fact>
        <Fact name="Reliability">
          <Figure text={formatPercent(rental.reliability)} unknown="The market did not say" />
        </Fact>
        <Fact name="Disk">
          <Figure text={`${rental.disk_gb} GB`} />
        </Fact>
        <Moment name="Asked for" at={rental.intent_at} />
        <Moment name="Billed from" at={rental.started_at} />
        <Moment name="Answered" at={rental.ready_at} />
        <Moment name="Kept until" at={rental.keep_until} />
        <Moment name="Ended" at={rental.ended_at} />
        <Moment name="Seen gone" at={rental.verified_at} />
      </dl>
      {rental.failure !== null && <FailureNotice failure={rental.failure} what="The rental failed." />}
    </div>
  );
}

const Copied = ({ text }: { readonly text: string }): ReactNode => (
  <CopyButton text={text} label={`Copy ${text}`}>
    <span className="figure">{text}</span>
  </CopyButton>
);

const Moment = (props: { readonly name: string; readonly at: EpochSeconds | null }): ReactNode =>
  props.at !== null && (
    <Fact name={props.name}>
      <At at={props.at} />
    </Fact>
  );

const Fact = (props: { readonly name: string; readonly children: ReactNode }): ReactNode => (
  <div>
    <dt>{props.name}</dt>
    <dd>{props.children}</dd>
  </div>
);
