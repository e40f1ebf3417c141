import { Button, Modal } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { shownFailure } from '#renderer/client/failure.ts';
import { paths } from '#renderer/client/routes.ts';
import { Banner, FailureNotice } from '#renderer/widgets/notice.tsx';
import { MarketTag } from '#renderer/widgets/rental-mark.tsx';
import { formatUsd, formatUsdUp } from '#shared/lib/format.ts';
import type { GateReport } from '#shared/model/costs.ts';
import type { CostEstimate } from '#shared/model/estimate.ts';
import type { Usd } from '#shared/model/units.ts';
import styles from './gate.module.css';
import { GateBar } from './gate-bar.tsx';
import {
  budgetSentence,
  CONFIDENCE_MEANS,
  chanceSentence,
  confidenceWords,
  jobWords,
  levelWords,
  priceAge,
} from './gate-words.ts';
import type { Stopped } from './use-create-job.tsx';
import { WayOut } from './way-out.tsx';

/**
 * What stands between a click and a bill: what the job is, what it may cost and why, and a button that names the
 * amount. It opens on Cancel, so that one Enter too many spends nothing.
 */
export function GateDialog(props: {
  readonly stopped: Stopped;
  readonly busy: boolean;
  readonly error: Error | null;
  readonly onAgree: (usd: Usd) => void;
  /** Asks the engine once more, agreeing to nothing. */
  readonly onRetry: () => void;
  readonly onDismiss: () => void;
}): ReactNode {
  const { stopped, busy, onDismiss } = props;
  const { report, agreed_usd } = stopped;
  const refused = stopped.failure.code !== 'cost.approval_needed' || report?.decision === 'refuse';
  const why = refused ? (report?.failure ?? stopped.failure) : stopped.failure;
  const estimate = report?.estimate ?? null;
  const high = refused ? null : (estimate?.cost_high_usd ?? null);
  const { backend, model, machine, demo } = jobWords(stopped.wanted);
  return (
    <Modal
      opened
      onClose={onDismiss}
      closeOnEscape={!busy}
      closeOnClickOutside={false}
      withCloseButton={false}
      size={580}
      title={refused ? 'This job may not run' : 'This job costs money'}
    >
      <div className={styles.dialog}>
        {demo && (
          <Banner>
            <MarketTag market="demo" /> Nothing is really rented and nothing paid: the question is asked as it
            would be.
          </Banner>
        )}
        {agreed_usd !== null && high !== null && (
          <Banner tone="warning">
            The price rose since you agreed to {formatUsdUp(agreed_usd)}. It has not been run.
          </Banner>
        )}
        {(refused || high === null) && (
          <FailureNotice failure={why} {...(refused ? {} : { onRetry: props.onRetry })}>
            <WayOut code={why.code} />
          </FailureNotice>
        )}
        <dl className={styles.facts}>
          <Fact name="Backend">{backend}</Fact>
          {machine !== null && <Fact name="Machine">{machine}</Fact>}
          <Fact name="Model">{model ?? <span className="faint">as the backend has it</span>}</Fact>
        </dl>
        {report !== null && estimate !== null && <Amounts report={report} estimate={estimate} />}
        {report !== null && <Grounds report={report} />}
        {props.error !== null && (
          <FailureNotice failure={shownFailure(props.error)} what="The job was not created." />
        )}
        <div className={styles.buttons}>
          <Button data-autofocus variant="default" disabled={busy} onClick={onDismiss}>
            {refused ? 'Close' : 'Cancel'}
          </Button>
          {high !== null && (
            <Button
              loading={busy}
              title={`Agrees to $${high} at most; if it costs more by the time it starts, it is not run.`}
              onClick={() => props.onAgree(high)}
            >
              Run for up to {formatUsdUp(high)}
            </Button>
          )}
        </div>
      </div>
    </Modal>
  );
}

function Amounts(props: { readonly report: GateReport; readonly estimate: CostEstimate }): ReactNode {
  const { estimate, report } = props;
  const { cost_low_usd: low, projected_cost_usd: probable, cost_high_usd: high } = estimate;
  if (low === null || probable === null || high === null) return null;
  const chance = chanceSentence(report);
  return (
    <>
      <dl className={styles.amounts}>
        <Amount name="Low" usd={low} text={formatUsd(low)} />
        <Amount name="Probable" usd={probable} text={formatUsd(probable)} />
        <Amount name="High" usd={high} text={formatUsdUp(high)} />
      </dl>
      <GateBar low={low} probable={probable} high={high} threshold={report.threshold_usd} />
      <p className="dim">
        {levelWords(estimate.coverage)} lie between low and high ·{' '}
        <span title={CONFIDENCE_MEANS}>{confidenceWords(estimate.confidence_score)}</span>
        {chance !== null && ` · ${chance}`}
      </p>
    </>
  );
}

function Amount(props: { readonly name: string; readonly usd: Usd; readonly text: string }): ReactNode {
  return (
    <div>
      <dt>{props.name}</dt>
      <dd className="figure" title={`$${props.usd}`}>
        {props.text}
      </dd>
    </div>
  );
}

function Grounds(props: { readonly report: GateReport }): ReactNode {
  const { estimate, budget } = props.report;
  const [now] = useState(() => Date.now() / 1000);
  const price = estimate === null ? null : priceAge(estimate, now);
  return (
    <dl className={styles.facts}>
      {estimate !== null && <Fact name="Rests on">{estimate.basis}</Fact>}
      {price !== null && <Fact name="Price">{price}</Fact>}
      {estimate?.warning !== null && estimate?.warning !== undefined && (
        <Fact name="Note">
          <span className={styles.warning}>{estimate.warning}</span>
        </Fact>
      )}
      <Fact name="Spent">{budgetSentence(budget)}</Fact>
      {budget.job_usd !== null && (
        <Fact name="Job budget">{formatUsd(budget.job_usd)}; a job that reaches it is ended</Fact>
      )}
      <Fact name="Change">
        <a href={`#${paths.settings('costs')}`}>When to ask and what may be spent</a>
      </Fact>
    </dl>
  );
}

function Fact(props: { readonly name: string; readonly children: ReactNode }): ReactNode {
  return (
    <div>
      <dt>{props.name}</dt>
      <dd>{props.children}</dd>
    </div>
  );
}
