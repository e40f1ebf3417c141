import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { FailureNotice } from '#renderer/widgets/notice.tsx';
import { destroyWords, hourWords } from '#renderer/widgets/rental-words.ts';
import styles from './rentals.module.css';
import type { Destroy, Outcome } from './use-destroy.ts';

/** What came of destroying: only what was seen absent is gone. */
export function Outcomes(props: { readonly destroy: Destroy }): ReactNode {
  const { outcomes, busy } = props.destroy;
  if (outcomes.length === 0) return null;
  return (
    <div className={styles.outcomes}>
      <ul role="status" aria-label="Destroying">
        {outcomes
          .filter(({ phase }) => phase !== 'failed')
          .map((outcome) => (
            <li key={outcome.key} data-phase={outcome.phase}>
              {outcomeWords(outcome)}
            </li>
          ))}
      </ul>
      {outcomes.map(
        (outcome) =>
          outcome.phase === 'failed' && (
            <FailureNotice
              key={outcome.key}
              failure={outcome.failure}
              what={`${outcome.gpu} was not destroyed: it still costs ${hourWords(outcome.usd_hour)}.`}
            >
              <Button color="red" onClick={() => props.destroy.destroy([outcome])}>
                {destroyWords(outcome.gpu, outcome.usd_hour)}
              </Button>
            </FailureNotice>
          ),
      )}
      {!busy && (
        <Button variant="subtle" size="compact-xs" onClick={props.destroy.clear}>
          Put away
        </Button>
      )}
    </div>
  );
}

export function outcomeWords(outcome: Outcome): string {
  switch (outcome.phase) {
    case 'busy':
      return `… ${outcome.gpu}: being destroyed, and looked for until it is gone`;
    case 'gone':
      return `✓ ${outcome.gpu}: gone. ${outcome.message}`;
    case 'waiting':
      return `! ${outcome.gpu}: not seen gone yet, and tried again until it is. ${outcome.message}`;
    case 'failed':
      return `✗ ${outcome.gpu}: not destroyed. ${outcome.failure.message}`;
  }
}
