import { useQueryClient } from '@tanstack/react-query';
import { useApi } from '#renderer/client/query.tsx';
import { paths } from '#renderer/client/routes.ts';
import { formatBytes } from '#shared/lib/format.ts';
import type { ArchivedObject, ImportProgress, VerifyReport } from '#shared/model/archive.ts';
import { nameOf } from './jump.ts';
import { pace } from './pace.ts';
import { saveBlob } from './save.ts';
import type { TaskEnd, TaskRunner } from './tasks.ts';
import { counted, exactCount } from './truth-line.ts';

/** As many as the contract puts into one zip. */
const MAX_ZIP = 10_000;

export interface ArchiveTasks {
  readonly verify: (what: { readonly keys: readonly string[] } | { readonly prefix: string }) => void;
  readonly zip: (keys: readonly string[]) => void;
  readonly download: (key: string) => void;
  readonly importAll: (keys: readonly string[]) => void;
  /** Gives every row of the list to `onRows`. */
  readonly collect: (
    read: (
      signal: AbortSignal,
      report: (done: number, total: number) => void,
    ) => Promise<readonly ArchivedObject[]>,
    onRows: (rows: readonly ArchivedObject[]) => void,
  ) => void;
}

/** What can be done with many results; each with progress, each can be stopped. */
export function useArchiveTasks(target: string, runner: TaskRunner): ArchiveTasks {
  const { client, orpc } = useApi();
  const cache = useQueryClient();
  const reports = { href: `#${paths.archiveReports()}`, title: 'Reports' };
  return {
    verify: (what) => {
      const scope =
        'prefix' in what ? `everything below ${what.prefix}` : counted(what.keys.length, 'result');
      const stopped = { text: 'Stopped. What was verified until then stands in its report.', link: reports };
      void runner.run(`Verifying ${scope}`, stopped, async (signal, tell) => {
        const input = 'prefix' in what ? { target, prefix: what.prefix } : { target, keys: [...what.keys] };
        let report: VerifyReport | null = null;
        for await (const now of await client.archive.verify.many(input, { signal })) {
          const more = [
            formatBytes(now.bytes),
            `${exactCount(now.failed)} failed`,
            pace(now.done, now.total, now.ms),
          ];
          tell({ done: now.done, total: now.total, more: more.filter((part) => part !== '').join(' · ') });
          report = now.report ?? report;
        }
        void cache.invalidateQueries({ queryKey: orpc.archive.verify.key() });
        return report === null ? stopped : verified(report);
      });
    },
    zip: (keys) => {
      const title = `Zip of ${counted(keys.length, 'result')}`;
      void runner.run(title, { text: 'Stopped. No zip was saved.' }, async (signal) => {
        if (keys.length > MAX_ZIP) {
          throw {
            code: 'request.too_large',
            message: `A zip holds at most ${exactCount(MAX_ZIP)} results and ${exactCount(keys.length)} are selected. Select fewer, a month at a time for example.`,
          };
        }
        const zip = await client.archive.export({ target, keys: [...keys] }, { signal });
        if (!signal.aborted) saveBlob(`results-${keys.length}.zip`, zip);
        return { text: `Saved a zip of ${counted(keys.length, 'result')}, ${formatBytes(zip.size)}.` };
      });
    },
    download: (key) =>
      void runner.run(
        `Downloading ${nameOf(key)}`,
        { text: 'Stopped. Nothing was saved.' },
        async (signal) => {
          const file = await client.archive.download({ target, key }, { signal });
          if (!signal.aborted) saveBlob(key.split('/').at(-1) ?? key, file);
          return {
            text: `Saved ${nameOf(key)}, ${formatBytes(file.size)}, exactly as it is in the archive.`,
          };
        },
      ),
    importAll: (keys) => {
      const stopped = { text: 'Stopped. What was imported until then is kept.' };
      void runner.run(`Importing ${counted(keys.length, 'result')}`, stopped, async (signal, tell) => {
        const began = performance.now();
        let last: ImportProgress | null = null;
        for await (const now of await client.archive.import.run({ target, keys: [...keys] }, { signal })) {
          last = now;
          const more = [
            `${exactCount(failedOf(now))} failed`,
            pace(now.done, now.total, performance.now() - began),
          ];
          tell({ done: now.done, total: now.total, more: more.filter((part) => part !== '').join(' · ') });
        }
        void cache.invalidateQueries({ queryKey: orpc.sources.key() });
        void cache.invalidateQueries({ queryKey: orpc.jobs.key() });
        return last === null ? stopped : imported(last);
      });
    },
    collect: (read, onRows) =>
      void runner
        .run(
          'Selecting all that match',
          { text: 'Stopped. Nothing more was selected.' },
          async (signal, tell) => {
            const rows = await read(signal, (done, total) => tell({ done, total, more: '' }));
            onRows(rows);
            return { text: '' };
          },
        )
        .then(() => {
          if (runner.state()?.end?.text === '') runner.dismiss();
        }),
  };
}

export function verified(report: VerifyReport): TaskEnd {
  const failed = report.failed.length;
  const text = [
    `${counted(report.verified, 'result')} unchanged`,
    report.unsealed === 0 ? null : `${exactCount(report.unsealed)} without a hash`,
    `${exactCount(failed)} failed`,
    report.complete ? null : 'not complete',
  ];
  return {
    text: `${text.filter((part) => part !== null).join(', ')}.`,
    link: { href: `#${paths.archiveReport(report.report_id)}`, title: 'Open the report' },
    isBad: failed > 0,
  };
}

const failedOf = ({ done, imported, known }: ImportProgress): number => done - imported - known;

function imported(progress: ImportProgress): TaskEnd {
  const [first] = progress.failed;
  const text = [
    `${counted(progress.imported, 'result')} imported`,
    progress.known === 0 ? null : `${exactCount(progress.known)} known before`,
    first === undefined
      ? null
      : `${exactCount(failedOf(progress))} could not be: ${nameOf(first.key)}: ${first.message} (${first.code})`,
  ];
  return {
    text: `${text.filter((part) => part !== null).join(', ')}.`.replace(/\.\.$/, '.'),
    link:
      progress.source === null
        ? undefined
        : { href: `#${paths.jobs(progress.source)}`, title: 'Open the imported jobs' },
    isBad: first !== undefined,
  };
}
