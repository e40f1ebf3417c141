import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useApi } from '#renderer/client/query.tsx';
import { saveFile } from '#renderer/widgets/save-file.ts';
import type { ArchiveTargetInfo, OpenedResult, Verification } from '#shared/model/archive.ts';
import { fileNameOf } from './archived-words.ts';

export const ARCHIVED_PANELS = ['checks', 'local', 'link'] as const;
/** What is unfolded below the banner of an archived result. */
export type ArchivedPanel = (typeof ARCHIVED_PANELS)[number];

/** An archived result that is open, and what can be done with it. */
export interface Archived {
  readonly opened: OpenedResult;
  /** Of now: the one it was opened with, or a later one. */
  readonly verification: Verification;
  /** Null while it is read, and where the target is no longer configured. */
  readonly target: ArchiveTargetInfo | null;
  readonly verify: () => void;
  readonly verifying: boolean;
  readonly download: () => void;
  readonly downloading: boolean;
  /** What is stored now is not what was opened. */
  readonly replaced: boolean;
  readonly reopen: () => void;
  readonly failure: { readonly error: unknown; readonly what: string; readonly dismiss: () => void } | null;
  readonly panel: ArchivedPanel | null;
  readonly show: (panel: ArchivedPanel | null) => void;
}

export function useArchived(opened: OpenedResult, reopen: () => void): Archived {
  const { client, orpc } = useApi();
  const object = { target: opened.target, key: opened.key };
  const targets = useQuery(orpc.archive.targets.queryOptions());
  const [panel, show] = useState<ArchivedPanel | null>(
    opened.verification.verdict === 'failed' ? 'checks' : null,
  );
  const verify = useMutation({ mutationFn: () => client.archive.verify.one(object) });
  const download = useDownload(object);
  const verification = verify.data ?? opened.verification;
  const before = opened.verification.bytes_sha256;
  const now = verification.bytes_sha256;
  return {
    opened,
    verification,
    target: targets.data?.find((one) => one.target === opened.target) ?? null,
    verify: () => verify.mutate(),
    verifying: verify.isPending,
    download: () => download.mutate(),
    downloading: download.isPending,
    replaced: before !== null && now !== null && before !== now,
    reopen,
    failure:
      verify.error !== null
        ? { error: verify.error, what: 'The result could not be verified again.', dismiss: verify.reset }
        : download.error !== null
          ? { error: download.error, what: 'The result was not downloaded.', dismiss: download.reset }
          : null,
    panel,
    show,
  };
}

/** Saves the exact bytes of an object under its key's last part. */
export function useDownload(object: { readonly target: string; readonly key: string }) {
  const { client } = useApi();
  return useMutation({
    mutationFn: () => client.archive.download(object),
    onSuccess: (bytes) => saveFile(fileNameOf(object.key), bytes),
  });
}
