import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useApi } from '#renderer/client/query.tsx';
import { Figure } from '#renderer/widgets/figure.tsx';
import { formatUsd } from '#shared/lib/format.ts';
import type { JobDetail } from '#shared/model/job.ts';
import type { Milliseconds, Usd } from '#shared/model/units.ts';
import { CONFIDENCE_MEANS, confidenceWords } from './gate-words.ts';
import {
  actualWords,
  againstWords,
  capOf,
  intervalWords,
  isSoFar,
  type KeptEstimate,
  readEstimate,
} from './job-cost-words.ts';
import styles from './job-page.module.css';

/** From this share of its cap on, a job's spending is marked. */
const NEAR = 0.8;
const FOLLOWS: Milliseconds = 5_000;

/** What the job cost, or has cost so far, and on what that rests. */
export function ActualCost(props: { readonly job: JobDetail }): ReactNode {
  const { job } = props;
  const estimate = readEstimate(job.estimate);
  if (isSoFar(job)) return <SoFar spent={job.cost_usd ?? 0} estimate={estimate} />;
  const basis = job.cost_usd === null ? null : actualWords(job.result, estimate);
  return (
    <>
      <Figure
        text={formatUsd(job.cost_usd)}
        exact={exact(job.cost_usd)}
        unknown={
          job.status === 'queued' || job.status === 'running'
            ? 'Known when the job has ended'
            : 'What it cost is not known'
        }
      />
      {basis !== null && <span className="dim"> {basis}</span>}
    </>
  );
}

function SoFar(props: { readonly spent: Usd; readonly estimate: KeptEstimate | null }): ReactNode {
  const { orpc } = useApi();
  const budget = useQuery(orpc.costs.budget.queryOptions({ refetchInterval: FOLLOWS })).data;
  const cap = capOf(props.estimate, budget?.job_usd ?? null);
  const left =
    budget === undefined || budget.day_usd === null ? null : budget.day_usd - budget.spent_today_usd;
  return (
    <>
      <span className={cap !== null && props.spent >= cap.usd * NEAR ? styles.near : undefined}>
        <Figure text={formatUsd(props.spent)} exact={exact(props.spent)} />
      </span>
      <span className="dim"> so far{cap === null ? '' : ' of '}</span>
      {cap !== null && (
        <span title={cap.means}>
          <Figure text={cap.text} exact={exact(cap.usd)} />
          <span className="dim"> {cap.words}</span>
        </span>
      )}
      {left !== null && (
        <span title="At nothing left the job is ended: cost.budget_reached">
          <span className="dim">, </span>
          <Figure text={formatUsd(Math.max(0, left))} exact={exact(left)} />
          <span className="dim"> left today</span>
        </span>
      )}
    </>
  );
}

/** What was said before the job ran, and how far the job then was from it. */
export function EstimatedCost(props: { readonly job: JobDetail }): ReactNode {
  const { job } = props;
  const estimate = readEstimate(job.estimate);
  const against = isSoFar(job) ? null : againstWords(job.estimate_usd, job.cost_usd);
  const interval = estimate === null ? null : intervalWords(estimate);
  const score = estimate?.confidence_score ?? null;
  return (
    <>
      <Figure
        text={formatUsd(job.estimate_usd)}
        exact={exact(job.estimate_usd)}
        unknown={estimate === null ? 'No estimate was made' : 'The estimate was that nobody knows'}
      />
      <span className="dim">
        {against !== null && ` (${against})`}
        {interval !== null && `, ${interval}`}
      </span>
      {score !== null && (
        <span className="dim" title={CONFIDENCE_MEANS}>
          , {confidenceWords(score)}
        </span>
      )}
      {estimate !== null && estimate.basis !== null && (
        <span className={`faint ${styles.basis}`} title={estimate.basis}>
          {estimate.basis}
        </span>
      )}
    </>
  );
}

const exact = (usd: Usd | null): string | undefined => (usd === null ? undefined : `$${usd}`);
