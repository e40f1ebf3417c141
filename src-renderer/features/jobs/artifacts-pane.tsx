import type { ReactNode } from 'react';
import { CopyButton } from '#renderer/widgets/copy.tsx';
import { At, Figure } from '#renderer/widgets/figure.tsx';
import { formatBytes } from '#shared/lib/format.ts';
import type { JobArtifact } from '#shared/model/job.ts';
import styles from './job-page.module.css';

/** Files that the driver left with the job. */
export function ArtifactsPane(props: { readonly artifacts: readonly JobArtifact[] }): ReactNode {
  if (props.artifacts.length === 0) return <p className={`${styles.pad} dim`}>This job left no artifacts.</p>;
  return (
    <ul className={styles.artifacts}>
      {props.artifacts.map((artifact) => (
        <li key={artifact.artifact_id}>
          <strong>{artifact.name}</strong>
          <span className="dim">{artifact.kind}</span>
          <Figure text={formatBytes(artifact.size_bytes)} exact={`${artifact.size_bytes} B`} />
          <At at={artifact.created_at} />
          <CopyButton text={artifact.sha256} label={`Copy the SHA-256 of ${artifact.name}`}>
            <span className="figure">{artifact.sha256.slice(0, 12)}</span>
          </CopyButton>
        </li>
      ))}
    </ul>
  );
}
