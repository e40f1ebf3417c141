import type { ReactNode } from 'react';
import { paths } from '#renderer/client/routes.ts';
import { MarketTag } from '#renderer/widgets/rental-mark.tsx';
import { formatUsd, formatUsdUp } from '#shared/lib/format.ts';
import type { GateReport } from '#shared/model/costs.ts';
import styles from './gate.module.css';
import {
  budgetSentence,
  CONFIDENCE_MEANS,
  chanceSentence,
  confidenceWords,
  levelWords,
} from './gate-words.ts';
import type { NewJobForm } from './new-job-form.ts';
import { useGatePreview } from './use-gate-preview.ts';

/** What the job of the form would cost, above the button that starts it. */
export function GatePreview(props: { readonly form: NewJobForm }): ReactNode {
  const { report, failure, stale } = useGatePreview(props.form);
  return (
    <output className={styles.preview} data-stale={stale} aria-label="Estimated cost" aria-busy={stale}>
      {failure !== null ? (
        <p className="faint">
          {failure.code.startsWith('request.')
            ? 'The estimate stands here once the fields above are right.'
            : `No estimate: ${failure.message}`}
        </p>
      ) : report === undefined ? (
        <p className="faint">Estimating…</p>
      ) : report.paid ? (
        <>
          {props.form.backendType === 'demo' && (
            <p className="dim">
              <MarketTag market="demo" /> As if it were real: nothing is paid.
            </p>
          )}
          <Paid report={report} />
        </>
      ) : (
        <Own report={report} />
      )}
    </output>
  );
}

function Own({ report }: { readonly report: GateReport }): ReactNode {
  const usd = report.estimate?.projected_cost_usd ?? null;
  return (
    <p className="faint" title={report.estimate?.basis}>
      {usd === null
        ? 'Nothing is paid for this job.'
        : `Runs on own hardware, about ${formatUsd(usd)} of energy.`}
    </p>
  );
}

function Paid({ report }: { readonly report: GateReport }): ReactNode {
  const { estimate, budget } = report;
  const known = estimate !== null && estimate.projected_cost_usd !== null ? estimate : null;
  const chance = chanceSentence(report);
  return (
    <>
      <p>
        {known === null ? (
          <strong>Cost unknown</strong>
        ) : (
          <>
            <strong className="figure" title={`$${known.projected_cost_usd}`}>
              {formatUsd(known.projected_cost_usd)}
            </strong>{' '}
            probable ·{' '}
            <span className="figure">
              {formatUsd(known.cost_low_usd)} to {formatUsdUp(known.cost_high_usd)}
            </span>{' '}
            at {levelWords(known.coverage)} ·{' '}
            <span title={CONFIDENCE_MEANS}>{confidenceWords(known.confidence_score)}</span>
          </>
        )}
      </p>
      {estimate !== null && (
        <p className={styles.grounds} title={estimate.basis}>
          {estimate.basis}
        </p>
      )}
      <p className={styles.small}>
        {report.decision === 'ask' && <span className={styles.warning}>You are asked before it runs · </span>}
        {chance !== null && `${chance} · `}
        spent {budgetSentence(budget)}
      </p>
      {report.decision === 'refuse' && (
        <p className={styles.warning}>
          It would be refused: {report.failure?.message}{' '}
          <a
            href={`#${report.failure?.code === 'cost.unpriced' ? paths.costs('prices') : paths.settings('costs')}`}
          >
            {report.failure?.code === 'cost.unpriced' ? 'Add a price' : 'Change the budget'}
          </a>
        </p>
      )}
    </>
  );
}
