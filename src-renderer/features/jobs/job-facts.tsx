import type { ReactNode } from 'react';
import { Ago, Figure } from '#renderer/widgets/figure.tsx';
import { formatCount } from '#shared/lib/format.ts';
import type { JobDetail } from '#shared/model/job.ts';
import { ActualCost, EstimatedCost } from './job-cost.tsx';
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
      <Fact name="cost">
        <ActualCost job={job} />
      </Fact>
      <Fact name="estimate">
        <EstimatedCost job={job} />
      </Fact>
      {props.children}
    </dl>
  );
}

function Fact(props: { readonly name: string; readonly children: ReactNode }): ReactNode {
  if (props.children === null || props.children === '') return null;
  return (
    <div>
      <dt>{props.name}</dt>
      <dd>{props.children}</dd>
    </div>
  );
}
