import type { ReactNode } from 'react';
import { deltaText, shareText } from '#renderer/job-view/steps/diff-steps.ts';
import type { TraceDiff } from '#shared/model/trace-diff.ts';
import { differenceSentence, explainedParts, explanation } from './diff-words.ts';
import styles from './trace-diff.module.css';

/** How much the jobs differ, and what of it each step explains; a step's name goes to its row. */
export function DiffSummary(props: {
  readonly diff: TraceDiff;
  readonly onStep: (row: number) => void;
}): ReactNode {
  const { diff, onStep } = props;
  const parts = explainedParts(diff);
  return (
    <div className={styles.summary}>
      <p>
        <strong>{differenceSentence(diff)}</strong> {parts.length > 0 && `${explanation(diff)}.`}
      </p>
      {parts.length > 0 && (
        <ul className={styles.parts} aria-label="What explains the difference">
          {parts.map(({ row, name, us, share }) => {
            const { shape, figure } = deltaText(us);
            return (
              <li key={row ?? name}>
                <span className="figure">{shareText(share)}</span>{' '}
                {row === null ? (
                  <span className="dim">{name}</span>
                ) : (
                  <button type="button" className={styles.step} onClick={() => onStep(row)}>
                    {name}
                  </button>
                )}{' '}
                <span className="figure dim">
                  {shape} {figure}
                </span>
              </li>
            );
          })}
        </ul>
      )}
    </div>
  );
}
