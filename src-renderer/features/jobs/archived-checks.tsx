import { Button } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { CopyButton } from '#renderer/widgets/copy.tsx';
import { At } from '#renderer/widgets/figure.tsx';
import type { Check, Verification } from '#shared/model/archive.ts';
import type { EpochSeconds } from '#shared/model/units.ts';
import styles from './archived.module.css';
import { CHECK_TITLES } from './archived-words.ts';

const MARKS = { passed: '✓', failed: '✕', remark: '·' } as const;
const stateOf = ({ ok }: Check): keyof typeof MARKS =>
  ok === true ? 'passed' : ok === false ? 'failed' : 'remark';

/** Every check with what it found; where some failed, those first and the others on demand. */
export function ArchivedChecks(props: {
  readonly verification: Verification;
  readonly writtenAt: EpochSeconds;
}): ReactNode {
  const { checks, bytes_sha256, recorded_sha256 } = props.verification;
  const failed = checks.filter((one) => one.ok === false);
  const others = checks.filter((one) => one.ok !== false);
  const [wanted, setWanted] = useState(false);
  const all = wanted || failed.length === 0;
  return (
    <>
      <ul className={styles.checks} aria-label="Checks">
        {[...failed, ...(all ? others : [])].map((check) => (
          <li key={check.name} data-state={stateOf(check)}>
            <span aria-hidden="true">{MARKS[stateOf(check)]}</span>
            <span className={styles.state}>{stateOf(check)}</span>
            <span className="dim">{CHECK_TITLES[check.name]}</span>
            <span className={styles.sentence}>
              {check.message}
              {check.code !== null && <code className={styles.code}> {check.code}</code>}
            </span>
          </li>
        ))}
      </ul>
      {!all && (
        <Button variant="default" onClick={() => setWanted(true)}>
          Show the {others.length === 1 ? 'other check' : `other ${others.length} checks`}
        </Button>
      )}
      <dl className={styles.hashes}>
        <WholeHash name="sha256 recorded" hash={recorded_sha256} unknown="the record carries none" />
        <WholeHash name="sha256 of the bytes" hash={bytes_sha256} unknown="the bytes could not be read" />
        <div>
          <dt>written</dt>
          <dd>
            <At at={props.writtenAt} />
          </dd>
        </div>
      </dl>
    </>
  );
}

function WholeHash(props: {
  readonly name: string;
  readonly hash: string | null;
  readonly unknown: string;
}): ReactNode {
  return (
    <div>
      <dt>{props.name}</dt>
      <dd>
        {props.hash === null ? (
          <span className="dim">{props.unknown}</span>
        ) : (
          <CopyButton text={props.hash} label={`Copy the ${props.name}`}>
            <span className={`figure ${styles.whole}`}>{props.hash}</span>
          </CopyButton>
        )}
      </dd>
    </div>
  );
}
