import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useApi, useConnectionState, useEngineStatus } from '#renderer/client/query.tsx';
import { paths } from '#renderer/client/routes.ts';
import { useRentalStatus } from '#renderer/features/offers/rentals/use-rentals.ts';
import { hourOf, hourWords } from '#renderer/widgets/rental-words.ts';
import { formatCount, formatDuration } from '#shared/lib/format.ts';
import { archivedParts, OWN, type SourceInfo } from '#shared/model/source.ts';
import styles from './frame.module.css';

const COLLECTORS = { sqlite: 'SQLite', memory: 'in memory only', null: 'Null, not recorded' } as const;

/** The engine as it is now. Without a connection it says so and nothing else: an old figure would be a lie. */
export function StatusBar(props: { readonly source: string }): ReactNode {
  const { orpc } = useApi();
  const { phase } = useConnectionState();
  const status = useEngineStatus();
  const info = useQuery(orpc.app.info.queryOptions({ staleTime: Infinity }));
  const sources = useQuery(orpc.sources.list.queryOptions());
  const store = sources.data?.find((one) => one.source === props.source);
  if (phase !== 'open') {
    return (
      <section className={styles.status} aria-label="Status">
        <span className={styles.part} data-tone="warning">
          {phase === 'reconnecting' ? 'reconnecting…' : 'connecting…'}
        </span>
      </section>
    );
  }
  return (
    <section className={styles.status} aria-label="Status">
      <a
        className={styles.part}
        href={`#${paths.settings('about')}`}
        title={store?.path ?? archivedParts(props.source)?.key}
      >
        store: {storeName(props.source, store)}
      </a>
      {status !== null && (
        <>
          <a
            className={styles.part}
            href={`#${paths.settings('about')}`}
            title="Where spans go, and how long the oldest waited at the last commit"
          >
            collector: {COLLECTORS[status.collector]}
            {status.collector === 'sqlite' && `, lag ${formatDuration(status.write_lag_ms)}`}
          </a>
          <span
            className={styles.part}
            data-tone={status.dropped > 0 ? 'error' : undefined}
            title="Span records that could not be kept since the start"
          >
            {formatCount(status.dropped)} dropped
          </span>
          <a className={styles.part} href={`#${paths.jobs()}?status=running`}>
            {status.running} running
          </a>
          <a className={styles.part} href={`#${paths.jobs()}?status=queued`}>
            {status.queued} queued
          </a>
          <a
            className={styles.part}
            href={`#${paths.settings('archive')}`}
            data-tone={status.archive_trouble === null ? undefined : 'warning'}
            title={status.archive_trouble ?? 'Finished jobs whose result is not yet in the archive'}
          >
            {status.archive_trouble !== null && <span aria-hidden="true">!&nbsp;</span>}
            archive: {formatCount(status.archive_pending)} pending
            {status.archive_trouble !== null && (
              <span className="visually-hidden">: {status.archive_trouble}</span>
            )}
          </a>
        </>
      )}
      <RentedPart />
      {info.data !== undefined && (
        <a
          className={styles.part}
          href={`#${paths.settings('about')}`}
          title={`Runescope ${info.data.version}`}
        >
          host: {info.data.host_kind}
        </a>
      )}
    </section>
  );
}

/** What is rented by the hour, and what of it should not be; nothing while nothing is. */
function RentedPart(): ReactNode {
  const status = useRentalStatus();
  if (status === undefined) return null;
  const { running, usd_hour, strays } = status;
  const to = `#${paths.offers('rentals', 'show=open')}`;
  return (
    <>
      {running > 0 && (
        <a className={styles.part} href={to} title="Rented by jobs now, as the ledger has it">
          {running} rented, {hourWords(usd_hour)}
        </a>
      )}
      {strays.length > 0 && (
        <a className={styles.part} href={to} data-tone="error" title="Rented, and should not be">
          <span aria-hidden="true">!&nbsp;</span>
          {strays.length} {strays.length === 1 ? 'stray' : 'strays'}, {hourOf(strays)}
        </a>
      )}
    </>
  );
}

function storeName(source: string, info: SourceInfo | undefined): string {
  if (source === OWN) return 'own';
  if (archivedParts(source) !== null) return 'archived result';
  return info?.title ?? source;
}
