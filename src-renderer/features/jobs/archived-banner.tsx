import { Button, Menu } from '@mantine/core';
import type { ReactNode } from 'react';
import { shownFailure } from '#renderer/client/failure.ts';
import { CopyButton } from '#renderer/widgets/copy.tsx';
import { Ago } from '#renderer/widgets/figure.tsx';
import { FailureNotice } from '#renderer/widgets/notice.tsx';
import { formatBytes } from '#shared/lib/format.ts';
import styles from './archived.module.css';
import { ArchivedChecks } from './archived-checks.tsx';
import { ArchivedDiff } from './archived-diff.tsx';
import { ArchivedLink } from './archived-link.tsx';
import { checksWords } from './archived-words.ts';
import type { Archived, ArchivedPanel } from './use-archived.ts';
import { VerdictMark } from './verdict-mark.tsx';

/** Where an archived result lies, what verifying it found, and what can be done with it. */
export function ArchivedBanner(props: {
  readonly archived: Archived;
  readonly copy: (text: string, what: string) => void;
}): ReactNode {
  const { archived, copy } = props;
  const { opened, verification, target, panel } = archived;
  const toggle = (wanted: ArchivedPanel): void => archived.show(panel === wanted ? null : wanted);
  const pressed = (wanted: ArchivedPanel) => ({
    variant: 'default' as const,
    'aria-expanded': panel === wanted,
    onClick: () => toggle(wanted),
  });
  return (
    <section
      className={styles.banner}
      data-verdict={verification.verdict}
      aria-label="Archived result"
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || panel === null || event.defaultPrevented) return;
        event.preventDefault();
        archived.show(null);
      }}
    >
      <div className={styles.line}>
        <VerdictMark verification={verification} />
        <span className={`${styles.when} dim`}>
          verified <Ago at={verification.checked_at} />
        </span>
        <span className={styles.tools}>
          <Button {...pressed('checks')} title="Every check with its sentence  H">
            Checks: {checksWords(verification.checks)}
          </Button>
          <Button
            variant="default"
            loading={archived.verifying}
            onClick={archived.verify}
            title="Read and verify it again  V"
          >
            Verify again
          </Button>
          <Button {...pressed('local')} title="Compare with the local record  M">
            Compare with local
          </Button>
          <Button
            variant="default"
            loading={archived.downloading}
            onClick={archived.download}
            title="The exact bytes  Shift S"
          >
            Download
          </Button>
          <Menu position="bottom-end">
            <Menu.Target>
              <Button variant="default">More</Button>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item onClick={() => copy(opened.key, 'the key')}>Copy key</Menu.Item>
              <Menu.Item onClick={() => copy(opened.uri, 'the URI')}>Copy URI</Menu.Item>
              {target?.presigns === true && (
                <Menu.Item onClick={() => archived.show('link')}>Presigned link…</Menu.Item>
              )}
            </Menu.Dropdown>
          </Menu>
        </span>
      </div>
      <dl className={styles.facts}>
        <div title={target?.place ?? opened.uri}>
          <dt>source</dt>
          <dd>
            {target?.title ?? opened.target} <span className="faint">{target?.place}</span>
          </dd>
        </div>
        <div>
          <dt>key</dt>
          <dd>
            <CopyButton text={opened.key} label={`Copy the key ${opened.key}`}>
              <span className="figure">{opened.key}</span>
            </CopyButton>
          </dd>
        </div>
        <Hash archived={archived} />
        <div>
          <dt>size</dt>
          <dd className="figure">{formatBytes(verification.size_bytes)}</dd>
        </div>
      </dl>
      {archived.replaced && (
        <p className={styles.replaced} role="alert">
          <strong>What is stored now is not what is shown.</strong> The object was replaced after it was
          opened.
          <Button variant="default" onClick={archived.reopen}>
            Open what is there now
          </Button>
        </p>
      )}
      {archived.failure !== null && (
        <FailureNotice failure={shownFailure(archived.failure.error)} what={archived.failure.what}>
          <Button variant="default" onClick={archived.failure.dismiss}>
            Dismiss
          </Button>
        </FailureNotice>
      )}
      {panel !== null && (
        <div className={styles.panel}>
          {panel === 'checks' && (
            <ArchivedChecks verification={verification} writtenAt={opened.last_modified} />
          )}
          {panel === 'local' && <ArchivedDiff opened={opened} />}
          {panel === 'link' && <ArchivedLink opened={opened} />}
          <Button
            className={styles.close ?? ''}
            variant="default"
            title="Close  Esc"
            onClick={() => archived.show(null)}
          >
            Close
          </Button>
        </div>
      )}
    </section>
  );
}

function Hash(props: { readonly archived: Archived }): ReactNode {
  const { recorded_sha256, bytes_sha256 } = props.archived.verification;
  const hash = recorded_sha256 ?? bytes_sha256;
  if (hash === null) return null;
  const what = recorded_sha256 === null ? 'of the bytes' : 'as the record carries it';
  return (
    <div>
      <dt>{recorded_sha256 === null ? 'sha256 of bytes' : 'sha256'}</dt>
      <dd>
        <CopyButton text={hash} label={`Copy the SHA-256 ${what}: ${hash}`}>
          <span className="figure">{hash.slice(0, 12)}</span>
        </CopyButton>
      </dd>
    </div>
  );
}
