import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { paths } from '#renderer/client/routes.ts';
import { outcomeWords } from '#renderer/features/offers/rentals/outcomes.tsx';
import { type Destroy, strayTarget, useDestroy } from '#renderer/features/offers/rentals/use-destroy.ts';
import { useRentalStatus } from '#renderer/features/offers/rentals/use-rentals.ts';
import { Ago } from '#renderer/widgets/figure.tsx';
import { MarketTag } from '#renderer/widgets/rental-mark.tsx';
import { destroyWords, gpuWords, hourOf, hourWords, instances } from '#renderer/widgets/rental-words.ts';
import type { RentalStatus, Stray } from '#shared/model/rentals.ts';
import styles from './stray-banner.module.css';

const KINDS: Readonly<Record<Stray['kind'], string>> = {
  ours: 'the ledger says that it should be gone',
  labelled: "bears our mark, and this ledger does not know it: another installation's?",
};

/**
 * Money that runs away, over every view: what is rented and should not be. It stays for as long as that is so, and what
 * came of destroying it until that was read.
 */
export function StrayBanner(): ReactNode {
  const status = useRentalStatus();
  const destroy = useDestroy();
  const strays = status?.strays ?? [];
  if (strays.length > 0) return <Strays strays={strays} destroy={destroy} />;
  return (
    <>
      {destroy.outcomes.length > 0 && <Afterwards destroy={destroy} />}
      {status !== undefined && status.trouble !== null && status.running > 0 && <Unseen status={status} />}
    </>
  );
}

function Strays(props: { readonly strays: readonly Stray[]; readonly destroy: Destroy }): ReactNode {
  const { strays, destroy } = props;
  const targets = strays.map(strayTarget);
  const gone = destroy.outcomes.filter(({ phase }) => phase === 'gone').length;
  return (
    <section className={styles.strays} aria-label="Stray rentals" data-testid="strays">
      <div className={styles.head}>
        <strong className={styles.title} role="alert">
          {strays.length} rented {strays.length === 1 ? 'instance is' : 'instances are'} running that should
          not: <span className="figure">{hourOf(strays)}</span>
        </strong>
        <a href={`#${paths.offers('rentals')}`}>Rentals</a>
        <span className={styles.grow} />
        {destroy.busy && (
          <span role="status">
            destroying, {gone} of {destroy.outcomes.length} seen gone…
          </span>
        )}
        {strays.length > 1 && (
          <Button color="red" loading={destroy.busy} onClick={() => destroy.destroy(targets)}>
            Destroy {instances(strays.length)}, {hourOf(strays)}
          </Button>
        )}
      </div>
      <ul className={styles.list}>
        {strays.map((stray, at) => (
          <StrayRow key={targets[at]?.key ?? at} stray={stray} destroy={destroy} />
        ))}
      </ul>
    </section>
  );
}

function StrayRow(props: { readonly stray: Stray; readonly destroy: Destroy }): ReactNode {
  const { stray, destroy } = props;
  const target = strayTarget(stray);
  const outcome = destroy.outcomes.find(({ key }) => key === target.key);
  return (
    <li data-kind={stray.kind}>
      <span className={styles.what}>
        <strong>{gpuWords(stray.gpu_name)}</strong> <MarketTag market={stray.market} /> contract{' '}
        <span className="figure">{stray.contract_id}</span>,{' '}
        <span className="figure">{hourWords(stray.usd_hour)}</span>
        {stray.started_at !== null && (
          <>
            , started <Ago at={stray.started_at} />
          </>
        )}
        {stray.label !== null && (
          <>
            , <code>{stray.label}</code>
          </>
        )}
        : {KINDS[stray.kind]}
        {outcome !== undefined && (
          <em className={styles.outcome} role="status">
            {outcome.phase === 'gone' ? 'Seen gone; this list is about to follow.' : outcomeWords(outcome)}
          </em>
        )}
      </span>
      <Button
        color="red"
        variant="outline"
        loading={outcome?.phase === 'busy'}
        onClick={() => destroy.destroy([target])}
      >
        {destroyWords(target.gpu, target.usd_hour)}
      </Button>
    </li>
  );
}

/** None is left: what came of each can be put away. */
const Afterwards = ({ destroy }: { readonly destroy: Destroy }): ReactNode => (
  <section
    className={styles.after}
    data-gone={destroy.outcomes.every(({ phase }) => phase === 'gone')}
    aria-label="Stray rentals"
  >
    <ul role="status">
      {destroy.outcomes.map((outcome) => (
        <li key={outcome.key} data-phase={outcome.phase}>
          {outcomeWords(outcome)}
        </li>
      ))}
    </ul>
    <Button variant="default" onClick={destroy.clear}>
      Put away
    </Button>
  </section>
);

/** Something is rented, and whether it is all that is cannot be said. */
const Unseen = ({ status }: { readonly status: RentalStatus }): ReactNode => (
  <section className={styles.unseen} aria-label="Rentals" role="status">
    {instances(status.running)} rented, {hourWords(status.usd_hour)}, and the market cannot be asked whether
    that is all: {status.trouble?.message} <code>{status.trouble?.code}</code>{' '}
    <a href={`#${paths.offers('rentals')}`}>Rentals</a>
  </section>
);
