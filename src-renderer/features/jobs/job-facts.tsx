import type { ReactNode } from 'react';
import { Ago, Figure } from '#renderer/widgets/figure.tsx';
import { formatCount, formatPercent, formatUsd } from '#shared/lib/format.ts';
import type { JobDetail, JsonObject } from '#shared/model/job.ts';
import styles from './job-page.module.css';
import { LiveDuration, LiveQueue } from './live-time.tsx';

/** The line under a job's title: what it was, when, how long, and what it cost against what was said. */
export function JobFacts(props: {
  readonly job: JobDetail;
  /** Facts of the view around it. */
  readonly children?: ReactNode;
}): ReactNode {
  const { job } = props;
  return (
    <dl className={styles.strip}>
      <Fact name="kind">{job.kind}</Fact>
      <Fact name="agent">{job.agent}</Fact>
      <Fact name="model">{job.model}</Fact>
      <Fact name="backend_type">{job.backend_type}</Fact>
      <Fact name="provider">{job.provider_type}</Fact>
      <Fact name="tenant">{job.tenant_id}</Fact>
      <Fact name="created">
        <Ago at={job.created_at} />
      </Fact>
      <Fact name="queue">
        <LiveQueue job={job} />
      </Fact>
      <Fact name="duration">
        <LiveDuration job={job} />
      </Fact>
      <Fact name="tokens">
        <Figure
          text={formatCount(job.tokens_total)}
          exact={job.tokens_total === null ? undefined : String(job.tokens_total)}
          unknown="Nobody counted"
        />
      </Fact>
      <Cost job={job} />
      {props.children}
    </dl>
  );
}

function Cost(props: { readonly job: JobDetail }): ReactNode {
  const { estimate_usd, cost_usd, estimate, result } = props.job;
  const basis = costBasis(result);
  const words = estimateWords(estimate);
  return (
    <Fact name="cost" title={words ?? undefined}>
      <Figure text={formatUsd(cost_usd)} exact={exact(cost_usd)} unknown="The actual cost is not known" />
      <span className="dim"> actual{basis === null ? '' : ` (${basis})`}, </span>
      <Figure text={formatUsd(estimate_usd)} exact={exact(estimate_usd)} unknown="No estimate was made" />
      <span className="dim"> estimated{against(estimate_usd, cost_usd)}</span>
      {words !== null && <span className={`faint ${styles.basis}`}>{words}</span>}
    </Fact>
  );
}

/** What the actual cost rests on, as the job's result says it. */
function costBasis(result: JsonObject | null): string | null {
  const metadata = result?.metadata;
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata)) return null;
  const basis = (metadata as JsonObject).cost_basis;
  return typeof basis === 'string' ? basis : null;
}

const exact = (usd: number | null): string | undefined => (usd === null ? undefined : `$${usd}`);

/** `, 12 % over`: how far the actual cost lies from the estimate. */
function against(estimate: number | null, cost: number | null): string {
  if (estimate === null || cost === null || estimate === 0) return '';
  const ratio = cost / estimate - 1;
  if (Math.abs(ratio) < 0.005) return ', as estimated';
  return `, ${formatPercent(Math.abs(ratio))} ${ratio > 0 ? 'over' : 'under'}`;
}

/** What the estimate said of itself: its interval, its confidence and what it rests on. */
export function estimateWords(estimate: JsonObject | null): string | null {
  if (estimate === null) return null;
  const number = (name: string): number | null =>
    typeof estimate[name] === 'number' ? (estimate[name] as number) : null;
  const low = number('cost_low_usd');
  const high = number('cost_high_usd');
  const coverage = number('coverage');
  const interval =
    low === null || high === null
      ? null
      : `${formatUsd(low)} to ${formatUsd(high)}${coverage === null ? '' : ` at ${Number((coverage * 100).toFixed(1))} %`}`;
  const basis = typeof estimate.basis === 'string' && estimate.basis !== '' ? estimate.basis : null;
  return [interval, basis].filter((part) => part !== null).join(' · ') || null;
}

function Fact(props: {
  readonly name: string;
  readonly title?: string | undefined;
  readonly children: ReactNode;
}): ReactNode {
  if (props.children === null || props.children === '') return null;
  return (
    <div title={props.title}>
      <dt>{props.name}</dt>
      <dd>{props.children}</dd>
    </div>
  );
}
