import type { ImplementerInternalWithMiddlewares } from '@orpc/server';
import type { archiveContract } from '#shared/contract/archive.ts';
import type { ListedPage } from '#shared/model/archive.ts';
import { CodedError } from '#shared/model/failure.ts';
import { IMPORTED } from '#shared/model/source.ts';
import type { Outbox } from './archive/delivery/outbox.ts';
import { listPages } from './archive/targets/list-pages.ts';
import type { ArchiveTarget } from './archive/targets/target.ts';
import { type ArchiveParts, describeTargets } from './archive-parts.ts';
import type { Sources } from './sources/sources.ts';

export interface ArchiveDeps {
  /** Opened when first asked for: a process that only reads jobs leaves the archive alone. */
  parts(): ArchiveParts;
  /** Null in an engine that only reads. */
  readonly outbox: Outbox | null;
  readonly sources: Sources;
}

type NoContext = Record<never, never>;

/** The contract's archive over the archive's parts. */
export function archiveRoutes(
  os: ImplementerInternalWithMiddlewares<typeof archiveContract, NoContext, NoContext>,
  { parts, outbox, sources }: ArchiveDeps,
) {
  const at = (name: string): ArchiveTarget => parts().targets.get(name);
  const delivering = (): Outbox => {
    if (outbox !== null) return outbox;
    throw new CodedError(
      'source.cannot_provide',
      'This process only reads: results are delivered by the process that owns the data directory.',
    );
  };
  const untilStopped = (signal: AbortSignal | undefined): AbortSignal =>
    signal === undefined ? parts().reader.closed : AbortSignal.any([parts().reader.closed, signal]);

  return {
    targets: os.targets.handler(() => describeTargets(parts().targets, outbox)),
    test: os.test.handler(({ input }) =>
      parts().targets.test('setting' in input ? input.setting : input.target),
    ),
    outbox: {
      list: os.outbox.list.handler(({ input }) => delivering().list(input)),
      retry: os.outbox.retry.handler(({ input }) => delivering().retry(input)),
      drop: os.outbox.drop.handler(({ input }) => ({ dropped: delivering().drop(input.ids) })),
      push: os.outbox.push.handler(({ input }) => delivering().push(input.job_id)),
      job: os.outbox.job.handler(({ input }) => delivering().jobState(input.job_id)),
    },
    refresh: os.refresh.handler(({ input, signal }) =>
      parts().browser.refresh(at(input.target), untilStopped(signal)),
    ),
    list: os.list.handler(({ input, signal }) => {
      const target = at(input.target);
      return listed(target, input.prefix ?? target.prefix, untilStopped(signal));
    }),
    objects: os.objects.handler(({ input }) => parts().browser.objects(at(input.target).place, input)),
    facets: os.facets.handler(({ input }) => parts().browser.facets(at(input.target).place, input)),
    find: os.find.handler(({ input, signal }) =>
      parts().browser.find(at(input.target), input.job_id, input.max_requests, untilStopped(signal)),
    ),
    preview: os.preview.handler(({ input, signal }) =>
      parts().reader.preview(input.target, input.key, signal),
    ),
    open: os.open.handler(({ input, signal }) => parts().reader.open(input.target, input.key, signal)),
    download: os.download.handler(({ input, signal }) =>
      parts().reader.download(input.target, input.key, signal),
    ),
    export: os.export.handler(({ input, signal }) => parts().reader.export(input.target, input.keys, signal)),
    presign: os.presign.handler(({ input }) =>
      parts().reader.presign(input.target, input.key, input.seconds),
    ),
    diff: os.diff.handler(({ input, signal }) => parts().reader.diff(input.target, input.key, signal)),
    verify: {
      one: os.verify.one.handler(({ input, signal }) =>
        parts().reader.verifyOne(input.target, input.key, signal),
      ),
      many: os.verify.many.handler(({ input, signal }) => parts().reader.verifyMany(input, signal)),
      reports: os.verify.reports.handler(() => parts().reader.reports()),
      report: os.verify.report.handler(({ input }) => parts().reader.report(input.report_id)),
    },
    import: {
      run: os.import.run.handler(({ input, signal }) =>
        parts().reader.import(input.target, input.keys, signal),
      ),
      clear: os.import.clear.handler(async () => {
        parts().reader.clearImported();
        return (await sources.get(IMPORTED)).info();
      }),
    },
    journal: os.journal.handler(({ input }) => parts().reader.journal(input)),
  };
}

async function* listed(
  target: ArchiveTarget,
  prefix: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<ListedPage, void, undefined> {
  for await (const page of listPages(target, { prefix }, signal))
    yield { keys: page.objects, complete: page.next === null };
}
