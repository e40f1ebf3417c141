import { useActions } from '#renderer/widgets/actions/use-actions.tsx';
import type { Archived, ArchivedPanel } from './use-archived.ts';

/** What an archived result can do beside what every job can, by key and from the palette. */
export function useArchivedActions(
  archived: Archived | undefined,
  copy: (text: string, what: string) => void,
): void {
  const toggle = (id: ArchivedPanel, title: string, key: string, disabled = false) => ({
    id: `archived.${id}`,
    title,
    group: 'Archive',
    keys: [key],
    disabled,
    run: () => archived?.show(archived.panel === id ? null : id),
  });
  const act = (id: string, title: string, key: string, run: (archived: Archived) => void) => ({
    id: `archived.${id}`,
    title,
    group: 'Archive',
    keys: [key],
    run: () => {
      if (archived !== undefined) run(archived);
    },
  });
  useActions(
    archived === undefined
      ? []
      : [
          act('verify', 'Verify again', 'v', (it) => it.verify()),
          toggle('checks', 'Every check with its sentence', 'h'),
          toggle('local', 'Compare with the local record', 'm'),
          act('download', 'Download the exact bytes', 'shift+s', (it) => it.download()),
          act('copy-key', 'Copy the archive key', 'shift+k', (it) => copy(it.opened.key, 'the key')),
          act('copy-uri', 'Copy the archive URI', 'shift+u', (it) => copy(it.opened.uri, 'the URI')),
          toggle('link', 'Presigned link…', 'shift+p', archived.target?.presigns !== true),
        ],
  );
}
