import { Button, Modal, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useEffect, useState } from 'react';
import { desktopBridge } from '#renderer/client/connect.ts';
import { shownFailure } from '#renderer/client/failure.ts';
import { navigate } from '#renderer/client/hash-location.ts';
import { useApi } from '#renderer/client/query.tsx';
import { paths } from '#renderer/client/routes.ts';
import { FailureNotice } from '#renderer/widgets/notice.tsx';

/** Opens a RUNE job store or a trace file: the system's own dialog where there is one, else a path to type. */
export function OpenStore(props: { readonly onClose: () => void }): ReactNode {
  const { onClose } = props;
  const { client, orpc } = useApi();
  const cache = useQueryClient();
  const info = useQuery(orpc.app.info.queryOptions({ staleTime: Infinity }));
  const bridge = info.data?.native_open_dialog === true ? desktopBridge() : null;
  const [path, setPath] = useState('');
  const open = useMutation({
    mutationFn: (file: string) => client.sources.open({ path: file }),
    onSuccess: (source) => {
      void cache.invalidateQueries({ queryKey: orpc.sources.key() });
      onClose();
      navigate(paths.jobs(source.source));
    },
  });
  const { mutate } = open;
  useEffect(() => {
    if (bridge === null) return;
    let wanted = true;
    void bridge.openStoreDialog().then((file) => {
      if (!wanted) return;
      if (file === null) onClose();
      else mutate(file);
    });
    return () => {
      wanted = false;
    };
  }, [bridge, mutate, onClose]);
  // A relative path would be looked for where Runescope was started, which nobody sees.
  const isWholePath = /^(\/|[A-Za-z]:[\\/]|\\\\)/.test(path.trim());
  if (info.isPending || (bridge !== null && open.error === null)) return null;
  return (
    <Modal opened onClose={onClose} title="Open store or trace" size={560}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (isWholePath) mutate(path.trim());
        }}
      >
        <TextInput
          data-autofocus
          label="Path of a RUNE job store or a trace file"
          description="On the computer where Runescope runs; opened read-only and never changed. A SQLite store that RUNE is writing is followed live. Traces: OTLP JSON, a Chrome trace, or one archived result."
          placeholder="/home/me/.rune/jobs.db"
          value={path}
          error={path.trim() === '' || isWholePath ? undefined : 'Give the whole path, from the root.'}
          onChange={(event) => setPath(event.currentTarget.value)}
          mb={12}
        />
        {open.error !== null && (
          <FailureNotice failure={shownFailure(open.error)} what="It could not be opened." />
        )}
        <Button type="submit" mt={12} loading={open.isPending} disabled={!isWholePath}>
          Open
        </Button>
      </form>
    </Modal>
  );
}
