import { Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { shownFailure } from '#renderer/client/failure.ts';
import { useApi } from '#renderer/client/query.tsx';
import { paths } from '#renderer/client/routes.ts';
import type { Parsed } from '#renderer/widgets/amount.ts';
import { Confirm } from '#renderer/widgets/confirm.tsx';
import { At } from '#renderer/widgets/figure.tsx';
import { FailureNotice } from '#renderer/widgets/notice.tsx';
import type { Settings } from '#shared/contract/contract.ts';
import { formatBytes, formatCount, formatDateTime, formatId } from '#shared/lib/format.ts';
import type { RetentionPlan } from '#shared/model/http.ts';
import { OWN } from '#shared/model/source.ts';
import styles from './http.module.css';
import { SavedNumber, SavedText } from './saved-fields.tsx';
import page from './settings.module.css';
import type { SettingsAccess } from './use-settings.ts';

/** What is deleted from this store by itself, what that would be now, and for how long the log is kept. */
export function RetentionSettings(props: {
  readonly access: SettingsAccess;
  readonly settings: Settings;
}): ReactNode {
  const { access, settings } = props;
  const { retention, logs } = settings;
  const save = (part: Partial<Settings['retention']>): void =>
    access.change({ ...settings, retention: { ...retention, ...part } });
  const saveLogs = (part: Partial<Settings['logs']>): void =>
    access.change({ ...settings, logs: { ...logs, ...part } });
  const rules = retention.max_age_days !== null || retention.max_gb !== null;
  return (
    <>
      <p className="dim">
        Jobs are deleted from this store, every hour, when every archive that is delivered to has them.
        Without an archive nothing is deleted. What was spent stays known.
      </p>
      <div className={`${page.fields} ${page.level}`}>
        <SavedText
          label="Delete jobs older than"
          description="Days since they ended. Empty: never."
          placeholder="Never"
          value={retention.max_age_days}
          show={shown}
          parse={(typed) => parseLimit(typed, 36_500, 'days')}
          onSave={(max_age_days) => save({ max_age_days })}
        />
        <SavedText
          label="Delete the oldest above"
          description="Gigabytes of the store. Empty: no limit."
          placeholder="No limit"
          value={retention.max_gb}
          show={shown}
          parse={(typed) => parseLimit(typed, 100_000, 'gigabytes')}
          onSave={(max_gb) => save({ max_gb })}
        />
      </div>
      {rules ? (
        <Preview key={JSON.stringify(retention)} />
      ) : (
        <p className="faint">No rule is set: nothing is deleted.</p>
      )}
      <h3>Log</h3>
      <div className={`${page.fields} ${page.level}`}>
        <SavedNumber
          label="Log lines stay"
          description="Then they are deleted."
          value={logs.keep_days}
          min={0.1}
          max={3650}
          suffix=" d"
          decimals
          onSave={(keep_days) => saveLogs({ keep_days })}
        />
        <SavedNumber
          label="Log lines at most"
          description="Beyond it requests go first, then the oldest."
          value={logs.max_rows}
          min={1000}
          max={5_000_000}
          step={10_000}
          onSave={(max_rows) => saveLogs({ max_rows })}
        />
      </div>
      <p className="dim">
        <a href={`#${paths.logs()}`}>Look at the log</a>
      </p>
    </>
  );
}

/** What would go now; and, when that was looked at, the button that does it. */
function Preview(): ReactNode {
  const { client } = useApi();
  const cache = useQueryClient();
  const [asking, setAsking] = useState(false);
  const preview = useMutation({ mutationFn: () => client.retention.preview() });
  const run = useMutation({
    mutationFn: (token: string) => client.retention.run({ token }),
    // Jobs are in every view.
    onSuccess: () => {
      preview.reset();
      void cache.invalidateQueries();
    },
    onSettled: () => setAsking(false),
  });
  const plan = preview.data;
  const look = (): void => {
    setAsking(false);
    run.reset();
    preview.mutate();
  };
  return (
    <div className={styles.part}>
      <div className={page.buttons}>
        <Button variant="default" loading={preview.isPending} onClick={look}>
          Show what would be deleted now
        </Button>
        {plan !== undefined && plan.jobs > 0 && !asking && (
          <Button color="red" variant="default" onClick={() => setAsking(true)}>
            Delete {jobsWords(plan.jobs)} now…
          </Button>
        )}
      </div>
      {preview.error !== null && (
        <FailureNotice failure={shownFailure(preview.error)} what="What would be deleted is not known." />
      )}
      {plan !== undefined && <Plan plan={plan} />}
      {plan !== undefined && asking && (
        <Confirm
          question={`${jobsWords(plan.jobs)}, ${formatBytes(plan.bytes)}: they stay in the archive only.`}
          confirm={`Delete ${jobsWords(plan.jobs)}, ${formatBytes(plan.bytes)}`}
          busy={run.isPending}
          onConfirm={() => run.mutate(plan.token)}
          onDismiss={() => setAsking(false)}
        />
      )}
      {run.error !== null && (
        <FailureNotice failure={shownFailure(run.error)} what="They were not deleted." onRetry={look} />
      )}
      {run.data !== undefined && (
        <p className={page.verdict} data-ok="true" role="status">
          ✓ {jobsWords(run.data.deleted)} deleted, about {formatBytes(run.data.bytes)}
        </p>
      )}
    </div>
  );
}

function Plan(props: { readonly plan: RetentionPlan }): ReactNode {
  const { plan } = props;
  return (
    <>
      <p role="status">
        {plan.jobs === 0 ? (
          'Nothing would be deleted now.'
        ) : (
          <>
            <strong>{jobsWords(plan.jobs)}</strong>, about {formatBytes(plan.bytes)}
            {plan.oldest_at !== null && plan.newest_at !== null && (
              <span className="dim">
                , ended from {formatDateTime(plan.oldest_at)} to {formatDateTime(plan.newest_at)}
              </span>
            )}
          </>
        )}
      </p>
      {plan.kept_unarchived > 0 && (
        <p className="dim">
          {jobsWords(plan.kept_unarchived)} would have to go, too, but{' '}
          {plan.kept_unarchived === 1 ? 'is' : 'are'} not in every archive yet, or still wanted: kept.{' '}
          <a href={`#${paths.settings('archive')}`}>Archive</a>
        </p>
      )}
      {plan.sample.length > 0 && (
        <>
          <ul className={styles.sample} aria-label="Jobs that would be deleted">
            {plan.sample.map(({ job_id, finished_at }) => (
              <li key={job_id}>
                <a className="figure" href={`#${paths.job(OWN, job_id)}`}>
                  {formatId(job_id)}
                </a>
                <span className="dim">
                  {finished_at === null ? 'end not known' : <At at={finished_at} />}
                </span>
              </li>
            ))}
          </ul>
          {plan.jobs > plan.sample.length && (
            <p className="faint">and {formatCount(plan.jobs - plan.sample.length)} more</p>
          )}
        </>
      )}
    </>
  );
}

const jobsWords = (n: number): string => `${formatCount(n)} ${n === 1 ? 'job' : 'jobs'}`;
const shown = (value: number | null): string => (value === null ? '' : String(value));

/** A number above 0, or none. */
export function parseLimit(typed: string, most: number, unit: string): Parsed<number | null> {
  const text = typed.trim();
  if (text === '') return { value: null };
  if (!/^(\d+\.?\d*|\.\d+)$/.test(text)) return { problem: `Give a number of ${unit}, like 30 or 0.5.` };
  const value = Number(text);
  if (value <= 0) return { problem: 'Must be above 0; leave it empty for no limit.' };
  return value > most ? { problem: `At most ${most} ${unit}.` } : { value };
}
