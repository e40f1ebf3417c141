import type { ReactNode } from 'react';
import { shownFailure } from '#renderer/client/failure.ts';
import { paths } from '#renderer/client/routes.ts';
import { exactUsd } from '#renderer/widgets/cost-words.ts';
import { formatUsd } from '#shared/lib/format.ts';
import type { BudgetStatus } from '#shared/model/costs.ts';
import styles from './costs.module.css';
import { useBudget } from './use-costs.ts';

/** Today's paid spending against the budget of the day, and what running jobs may still take of it. */
export function BudgetLine(): ReactNode {
  const { data, error } = useBudget();
  if (data === undefined) {
    if (error === null) return null;
    const { code, message } = shownFailure(error);
    return (
      <span className="dim" title={`${message} (${code})`}>
        The budget could not be read.
      </span>
    );
  }
  return (
    <span className={styles.budget} data-testid="budget">
      <Meter budget={data} />
      <span title={`Paid spending since midnight: ${exactUsd(data.spent_today_usd)}`}>
        {formatUsd(data.spent_today_usd)}
        {data.day_usd === null ? '' : ` of ${formatUsd(data.day_usd)}`} paid today
      </span>
      {data.committed_usd > 0 && (
        <span className="dim" title="What running and queued jobs may still spend, at most">
          + up to {formatUsd(data.committed_usd)} promised
        </span>
      )}
      {data.job_usd !== null && <span className="dim">{formatUsd(data.job_usd)} a job</span>}
      <a href={`#${paths.settings('costs')}`}>
        {data.day_usd === null && data.job_usd === null ? 'Set a budget' : 'Budgets'}
      </a>
    </span>
  );
}

function Meter(props: { readonly budget: BudgetStatus }): ReactNode {
  const { day_usd, spent_today_usd, committed_usd } = props.budget;
  if (day_usd === null) return null;
  const part = (usd: number): number => (day_usd === 0 ? 1 : Math.min(1, usd / day_usd));
  const [spent, promised] = [part(spent_today_usd), part(spent_today_usd + committed_usd)];
  return (
    <svg
      className={styles.meter}
      viewBox="0 0 80 8"
      preserveAspectRatio="none"
      role="img"
      aria-label={`${Math.round(spent * 100)} % of the budget of the day is spent`}
    >
      <rect width={80} height={8} fill="var(--bg-sunken)" />
      <rect width={80 * promised} height={8} fill="var(--series-1)" fillOpacity={0.4} />
      <rect width={80 * spent} height={8} fill={promised >= 1 ? 'var(--status-error)' : 'var(--series-1)'} />
    </svg>
  );
}
