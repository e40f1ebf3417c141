import type { ReactNode } from 'react';
import { Ago } from '#renderer/widgets/figure.tsx';
import type { Verification } from '#shared/model/archive.ts';
import styles from './inspector.module.css';

export const VERDICTS: { readonly [V in Verification['verdict']]: string } = {
  unchanged: '✓ Unchanged since it was written',
  unsealed: '– Well-formed, but carries no hash that could speak for it',
  failed: '✗ Failed: this is not what was written',
};

/** What was checked of one result, and how each check came out. */
export function VerificationCard(props: { readonly verification: Verification }): ReactNode {
  const { verification } = props;
  return (
    <section aria-label="Verification">
      <div className={styles.verdict} data-verdict={verification.verdict} role="status">
        <strong>{VERDICTS[verification.verdict]}</strong>
        <div className={styles.quiet}>
          verified <Ago at={verification.checked_at} />
        </div>
      </div>
      <ul className={styles.checks}>
        {verification.checks.map((check) => (
          <li key={check.name}>
            <span className={check.ok === null ? 'faint' : check.ok ? styles.ok : styles.bad}>
              <span aria-hidden="true">{check.ok === null ? '·' : check.ok ? '✓' : '✗'}</span>
              <span className="visually-hidden">
                {check.ok === null ? 'note' : check.ok ? 'ok' : 'failed'}
              </span>
            </span>
            <span>{check.name}</span>
            <span>
              {check.message}
              {check.code !== null && <code className={styles.bad}> {check.code}</code>}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
