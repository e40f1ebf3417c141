import { Button, Checkbox } from '@mantine/core';
import type { ReactNode } from 'react';
import { useNow } from '#renderer/widgets/now.ts';
import { formatBytes, formatCount, formatId, formatIso } from '#shared/lib/format.ts';
import type { OutboxEntry } from '#shared/model/archive.ts';
import type { EpochSeconds } from '#shared/model/units.ts';
import styles from './archive.module.css';
import { entryState, untilWords } from './archive-words.ts';

const MARKS = { waiting: '…', failed: '!', refused: '✕' } as const;

export function ArchiveOutboxRow(props: {
  readonly entry: OutboxEntry;
  readonly title: string;
  /** When its target is tried again at the earliest; null: it is not, as it is no longer configured. */
  readonly notBefore: EpochSeconds | null;
  readonly href: string;
  readonly marked: boolean;
  readonly busy: boolean;
  readonly onMark: (on: boolean) => void;
  readonly onRetry: () => void;
}): ReactNode {
  const { entry, title } = props;
  const now = useNow(1_000);
  const state = entryState(entry);
  const next = props.notBefore === null ? null : Math.max(props.notBefore, entry.next_attempt_at);
  return (
    <tr>
      <td className={styles.tick}>
        <Checkbox
          aria-label={`Mark job ${formatId(entry.job_id)} for ${title}`}
          checked={props.marked}
          onChange={(event) => props.onMark(event.currentTarget.checked)}
        />
      </td>
      <td>
        <a className="figure" href={props.href} title={`${entry.job_id}\n${entry.key}`}>
          {formatId(entry.job_id)}
        </a>
      </td>
      <td className={styles.clip} title={title}>
        {title}
      </td>
      <td className={`figure ${styles.right}`} title={`${entry.size_bytes} B`}>
        {formatBytes(entry.size_bytes)}
      </td>
      <td className={`figure ${styles.right}`}>{formatCount(entry.attempts)}</td>
      <td className={styles.why}>
        <span className={styles.mark} data-state={state}>
          <span aria-hidden="true">{MARKS[state]}</span> {state}
        </span>
        {next !== null && (
          <span className="dim" title={formatIso(next)}>
            {' '}
            next try {untilWords(next, now)}
          </span>
        )}
        {entry.last_error !== null && (
          <div>
            {entry.last_error.message} <code className={styles.code}>{entry.last_error.code}</code>
          </div>
        )}
      </td>
      <td className={styles.right}>
        {next !== null && (
          <Button
            variant="default"
            loading={props.busy}
            onClick={props.onRetry}
            aria-label={`Retry job ${formatId(entry.job_id)} to ${title} now`}
          >
            Retry
          </Button>
        )}
      </td>
    </tr>
  );
}
