import type { ReactNode } from 'react';
import { CopyButton } from '#renderer/widgets/copy.tsx';
import { Figure } from '#renderer/widgets/figure.tsx';
import { Banner, FailureNotice } from '#renderer/widgets/notice.tsx';
import { formatCount, formatDuration, formatUsd } from '#shared/lib/format.ts';
import { isTerminal, type JobDetail, type Json, type JsonObject } from '#shared/model/job.ts';
import styles from './job-page.module.css';
import { WayOut } from './way-out.tsx';

/** What came back: the answer as given, who counted its tokens, and the failure when there was one. */
export function AnswerPane(props: { readonly job: JobDetail }): ReactNode {
  const { job } = props;
  const answer = textOf(job.result?.answer);
  const telemetry = objectOf(job.result?.telemetry);
  return (
    <div className={styles.pad}>
      {job.question !== null && (
        <section>
          <h3 className="dim">{job.kind === 'chain' ? 'Chain' : 'Question'}</h3>
          <p className={styles.prose}>{textOf(job.request?.question) ?? job.question}</p>
        </section>
      )}
      {job.error !== null &&
        (job.status === 'cancelled' && !job.error.code.startsWith('cost.') ? (
          <p className="dim">
            {job.error.message} <code>{job.error.code}</code>
          </p>
        ) : (
          <FailureNotice failure={job.error} what={`The job ${job.status}.`}>
            <WayOut code={job.error.code} />
          </FailureNotice>
        ))}
      {job.suspected_failure && (
        <Banner tone="warning">
          The job succeeded, but its answer reads like an error message that the driver returned as an answer.
        </Banner>
      )}
      {answer !== null ? (
        <section>
          <div className={styles.paneHead}>
            <h3 className="dim">Answer</h3>
            <CopyButton text={answer} label="Copy the answer">
              Copy answer
            </CopyButton>
          </div>
          <p className={styles.prose}>{answer}</p>
        </section>
      ) : (
        job.error === null && (
          <p className="dim">
            {isTerminal(job.status)
              ? 'This job has no answer.'
              : job.status === 'queued'
                ? 'The job waits in the queue.'
                : 'The answer comes when the job ends.'}
          </p>
        )
      )}
      {job.kind === 'chain' && <StepAnswers steps={job.result?.steps} />}
      {telemetry !== null && <Telemetry telemetry={telemetry} />}
    </div>
  );
}

/** What every step of a chain that has succeeded came to, folded away: the answer above is that of the last. */
function StepAnswers(props: { readonly steps: Json | undefined }): ReactNode {
  const steps = (Array.isArray(props.steps) ? (props.steps as readonly Json[]) : []).flatMap((step) => {
    const { name, agent, answer } = objectOf(step) ?? {};
    const text = textOf(answer);
    return typeof name === 'string' && text !== null ? [{ name, agent: textOf(agent) ?? '', text }] : [];
  });
  if (steps.length === 0) return null;
  return (
    <section>
      <h3 className="dim">Answers of the steps</h3>
      {steps.map(({ name, agent, text }) => (
        <details key={name}>
          <summary>
            {name} <span className="dim">{agent}</span>
          </summary>
          <p className={styles.prose}>{text}</p>
        </details>
      ))}
    </section>
  );
}

function Telemetry(props: { readonly telemetry: JsonObject }): ReactNode {
  const tokens = objectOf(props.telemetry.tokens);
  const latency = Array.isArray(props.telemetry.latency) ? (props.telemetry.latency as readonly Json[]) : [];
  const cost = props.telemetry.cost_estimate_usd;
  return (
    <section>
      <h3
        className="dim"
        title="The agent's own account of itself. A count of 0 may mean that it did not count."
      >
        As the agent reports
      </h3>
      <dl className={styles.facts}>
        {Object.entries(tokens ?? {}).map(([name, count]) => (
          <Fact key={name} name={`tokens, ${name.replaceAll('_', ' ')}`}>
            <Figure text={typeof count === 'number' ? formatCount(count) : '–'} />
          </Fact>
        ))}
        {latency.map((entry, at) => {
          const phase = objectOf(entry);
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: a finished record; its phases may share a name
            <Fact key={at} name={String(phase?.phase ?? 'phase')}>
              <Figure text={typeof phase?.ms === 'number' ? formatDuration(phase.ms) : '–'} />
            </Fact>
          );
        })}
        {typeof cost === 'number' && (
          <Fact name="cost">
            <Figure text={formatUsd(cost)} exact={`$${cost}`} />
          </Fact>
        )}
      </dl>
    </section>
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

const textOf = (value: Json | undefined): string | null =>
  typeof value === 'string' && value !== '' ? value : null;
const objectOf = (value: Json | undefined): JsonObject | null =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : null;
