import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { FailureNotice } from '#renderer/widgets/notice.tsx';
import { hourOf, hourWords, instances, MARKET_TITLES } from '#renderer/widgets/rental-words.ts';
import type { ReconcileReport } from '#shared/model/rentals.ts';
import styles from './rentals.module.css';

/** What a check found, market by market. */
export function CheckReport(props: {
  readonly reports: readonly ReconcileReport[];
  readonly onClose: () => void;
}): ReactNode {
  return (
    <div className={styles.outcomes}>
      <ul role="status" aria-label="What was found">
        {props.reports.length === 0 && <li>Nothing was ever rented: no market had to be asked.</li>}
        {props.reports.map((report) => (
          <li key={report.market} data-phase={report.strays.length > 0 ? 'waiting' : 'gone'}>
            {reportWords(report)}
          </li>
        ))}
      </ul>
      {props.reports.map(
        ({ market, trouble }) =>
          trouble !== null && (
            <FailureNotice
              key={market}
              failure={trouble}
              what={`${MARKET_TITLES[market]} could not be asked what exists there.`}
            />
          ),
      )}
      <Button variant="subtle" size="compact-xs" onClick={props.onClose}>
        Put away
      </Button>
    </div>
  );
}

/** `Vast.ai: 2 instances of ours listed, 1 running by the ledger at $0.38/h; 1 destroyed; no strays.` */
export function reportWords(report: ReconcileReport): string {
  const { market, listed, running, usd_hour, adopted, destroyed, settled, strays, trouble } = report;
  const done = [
    adopted > 0 && `${adopted} found by label`,
    destroyed > 0 && `${destroyed} destroyed`,
    settled > 0 && `${settled} ${settled === 1 ? 'bill' : 'bills'} settled`,
  ].filter((part) => part !== false);
  const seen = trouble === null ? `${instances(listed)} of ours listed, ` : '';
  const left =
    strays.length === 0
      ? trouble === null
        ? 'no strays'
        : 'whether there are strays is not known'
      : `${strays.length} ${strays.length === 1 ? 'stray' : 'strays'} at ${hourOf(strays)}`;
  return `${MARKET_TITLES[market]}: ${seen}${running === 0 ? 'none running by the ledger' : `${running} running by the ledger at ${hourWords(usd_hour)}`}; ${[...done, left].join('; ')}.`;
}
