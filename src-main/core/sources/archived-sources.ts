import type { ResultSources } from '#core/archive/read/reader.ts';
import type { Clock } from '#core/ports/ports.ts';
import type { TraceThread } from '#core/store/rune-store.ts';
import type { SourceId } from '#shared/model/source.ts';
import { type ArchivedSource, openArchivedResult } from './archive-source.ts';
import { createImported } from './imported-source.ts';
import type { JobSource } from './job-source.ts';

/** What the archive's reader makes of results: one opened result, and those imported into `dataDir`. */
export function createArchivedSources(ports: {
  readonly dataDir: string;
  readonly clock: Clock;
  readonly thread?: TraceThread | null | undefined;
}): ResultSources<JobSource> {
  const imported = createImported(ports);
  const open = new Map<SourceId, ArchivedSource>();
  return {
    archived: (job) => {
      const made = openArchivedResult(job, ports.clock);
      const source: ArchivedSource = {
        ...made,
        close: () => {
          if (open.get(job.source) === source) open.delete(job.source);
          made.close();
        },
      };
      open.set(job.source, source);
      return source;
    },
    reopened: (job) => open.get(job.source)?.reopened(job),
    imported: imported.source,
    results: imported.results,
  };
}
