import { Button, Modal } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useEffect, useState } from 'react';
import { shownFailure } from '#renderer/client/failure.ts';
import { useApi } from '#renderer/client/query.tsx';
import { CopyButton } from '#renderer/widgets/copy.tsx';
import { Delayed } from '#renderer/widgets/delayed.tsx';
import { At, Figure } from '#renderer/widgets/figure.tsx';
import { FailureNotice } from '#renderer/widgets/notice.tsx';
import { saveFile } from '#renderer/widgets/save-file.ts';
import type { ArtifactContent } from '#shared/contract/http.ts';
import { formatBytes } from '#shared/lib/format.ts';
import type { JobArtifact } from '#shared/model/job.ts';
import { type ArtifactView, viewOf } from './artifact-view.ts';
import styles from './job-page.module.css';

/** Files that the driver left with the job: looked at here, or saved. */
export function ArtifactsPane(props: {
  readonly source: string;
  readonly jobId: string;
  readonly artifacts: readonly JobArtifact[];
}): ReactNode {
  const { source, jobId } = props;
  const [opened, setOpened] = useState<JobArtifact | null>(null);
  if (props.artifacts.length === 0) return <p className={`${styles.pad} dim`}>This job left no artifacts.</p>;
  return (
    <>
      <ul className={styles.artifacts}>
        {props.artifacts.map((artifact) => (
          <li key={artifact.artifact_id}>
            <strong>{artifact.name}</strong>
            <Button
              variant="default"
              size="compact-xs"
              aria-label={`Open ${artifact.name}`}
              onClick={() => setOpened(artifact)}
            >
              Open
            </Button>
            <span className="dim">{artifact.kind}</span>
            <Figure text={formatBytes(artifact.size_bytes)} exact={`${artifact.size_bytes} B`} />
            <At at={artifact.created_at} />
            <CopyButton text={artifact.sha256} label={`Copy the SHA-256 of ${artifact.name}`}>
              <span className="figure">{artifact.sha256.slice(0, 12)}</span>
            </CopyButton>
          </li>
        ))}
      </ul>
      {opened !== null && (
        <Artifact source={source} jobId={jobId} artifact={opened} onClose={() => setOpened(null)} />
      )}
    </>
  );
}

function Artifact(props: {
  readonly source: string;
  readonly jobId: string;
  readonly artifact: JobArtifact;
  readonly onClose: () => void;
}): ReactNode {
  const { source, jobId, artifact } = props;
  const { orpc } = useApi();
  const { data, error, refetch } = useQuery(
    orpc.artifacts.get.queryOptions({
      input: { source, job_id: jobId, artifact_id: artifact.artifact_id },
      staleTime: Number.POSITIVE_INFINITY,
      gcTime: 0,
    }),
  );
  return (
    <Modal opened onClose={props.onClose} title={artifact.name} size="min(960px, 92vw)">
      {error !== null ? (
        <FailureNotice
          failure={shownFailure(error)}
          what="The file could not be read."
          onRetry={() => void refetch()}
        />
      ) : data === undefined ? (
        <Delayed>
          <p className="dim">Reading the file…</p>
        </Delayed>
      ) : (
        <>
          <p className={styles.fileHead}>
            <span className="dim">
              {data.media_type} · {formatBytes(data.content.size)}
            </span>
            <Button data-autofocus size="compact-sm" onClick={() => saveFile(data.name, data.content)}>
              Save file
            </Button>
          </p>
          <Content file={data} />
        </>
      )}
    </Modal>
  );
}

/** Text and pictures only: nothing of a file runs, and nothing in it is fetched. */
function Content(props: { readonly file: ArtifactContent }): ReactNode {
  const { file } = props;
  const [view, setView] = useState<ArtifactView | null>(null);
  useEffect(() => {
    let wanted = true;
    void viewOf(file).then((made) => {
      if (wanted) setView(made);
      else if (made.kind === 'image') URL.revokeObjectURL(made.url);
    });
    return () => {
      wanted = false;
    };
  }, [file]);
  useEffect(() => () => (view?.kind === 'image' ? URL.revokeObjectURL(view.url) : undefined), [view]);
  if (view === null) return null;
  switch (view.kind) {
    case 'image':
      return <img className={styles.picture} src={view.url} alt={file.name} />;
    case 'text':
      return (
        <>
          <pre className={styles.fileText}>{view.text}</pre>
          {view.cut && <p className="dim">Only its beginning is shown. Save the file to read all of it.</p>}
        </>
      );
    case 'bytes':
      return <p className="dim">This file is neither text nor a picture. Save it to open it elsewhere.</p>;
  }
}
