import { Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { shownFailure } from '#renderer/client/failure.ts';
import { useApi } from '#renderer/client/query.tsx';
import { paths } from '#renderer/client/routes.ts';
import { useNow } from '#renderer/widgets/now.ts';
import type { ArchiveTargetInfo } from '#shared/model/archive.ts';
import styles from './archive.module.css';
import { deliveryWords, resultsWords, targetTone, untilWords } from './archive-words.ts';
import item from './settings.module.css';
import { TestButton } from './test-report.tsx';

/** One target: what it is, how delivery to it goes, and how to test it. */
export function ArchiveTarget(props: {
  readonly target: ArchiveTargetInfo;
  readonly onEdit?: (() => void) | undefined;
  readonly onRemove?: (() => void) | undefined;
}): ReactNode {
  const { target, onEdit, onRemove } = props;
  const { client } = useApi();
  const [removing, setRemoving] = useState(false);
  return (
    <div className={item.item}>
      <div className={item.itemHead}>
        <strong className={styles.title}>{target.title}</strong>
        <span className={`figure ${item.url}`} title={target.place}>
          {target.place}
        </span>
        {target.kind !== 'missing' && !target.delivers && <span className={styles.tag}>only read</span>}
        <span className={item.spring} />
        {target.kind !== 'missing' && !removing && (
          <a className={styles.browse} href={`#${paths.archive(target.target)}`}>
            Browse
          </a>
        )}
        {removing ? (
          <>
            <Button
              color="red"
              onClick={() => {
                setRemoving(false);
                onRemove?.();
              }}
            >
              Remove {target.title}
            </Button>
            <Button variant="default" onClick={() => setRemoving(false)}>
              Keep
            </Button>
          </>
        ) : (
          <>
            {onEdit !== undefined && (
              <Button variant="default" onClick={onEdit} aria-label={`Edit ${target.title}`}>
                Edit
              </Button>
            )}
            {onRemove !== undefined && (
              <Button
                variant="default"
                onClick={() => setRemoving(true)}
                aria-label={`Remove ${target.title}…`}
              >
                Remove…
              </Button>
            )}
          </>
        )}
      </div>
      {removing && (
        <p className="dim">
          What is in the bucket stays there.
          {target.pending > 0 &&
            ` ${resultsWords(target.pending)} on the way to it would wait until a target of this name is added again, or until you give them up.`}
        </p>
      )}
      {target.kind === 'missing' && (
        <p className={styles.trouble}>
          This target is no longer configured. What waits for it is kept: add the target again, or give the
          results up below.
        </p>
      )}
      {target.down !== null && <Down down={target.down} />}
      {target.kind === 'missing' ? (
        <Delivery target={target} />
      ) : (
        <TestButton title={target.title} test={() => client.archive.test({ target: target.target })}>
          <Delivery target={target} />
        </TestButton>
      )}
    </div>
  );
}

function Down(props: { readonly down: NonNullable<ArchiveTargetInfo['down']> }): ReactNode {
  const { failure, next_attempt_at } = props.down;
  const now = useNow(1_000);
  return (
    <p className={styles.trouble}>
      {failure.message} <code className={styles.code}>{failure.code}</code>
      <span className="dim"> · next try {untilWords(next_attempt_at, now)}</span>
    </p>
  );
}

function Delivery(props: { readonly target: ArchiveTargetInfo }): ReactNode {
  const { target } = props;
  const { client, orpc } = useApi();
  const cache = useQueryClient();
  const retry = useMutation({
    mutationFn: () => client.archive.outbox.retry({ target: target.target }),
    onSettled: () => cache.invalidateQueries({ queryKey: orpc.archive.key() }),
  });
  const tone = targetTone(target);
  return (
    <>
      <span className={styles.state} data-tone={tone}>
        {tone === 'trouble' && <span aria-hidden="true">! </span>}
        {deliveryWords(target)}
      </span>
      {target.pending > 0 && target.kind !== 'missing' && (
        <Button
          variant="default"
          loading={retry.isPending}
          onClick={() => retry.mutate()}
          aria-label={`Retry ${target.title} now`}
        >
          Retry now
        </Button>
      )}
      {retry.error !== null && (
        <span className={styles.failed} role="alert">
          {shownFailure(retry.error).message}
        </span>
      )}
    </>
  );
}
