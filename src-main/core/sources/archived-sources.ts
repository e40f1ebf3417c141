import type { ResultSources } from '#core/archive/read/reader.ts';
import type { Clock } from '#core/ports/ports.ts';
import type { TraceThread } from '#core/store/rune-store.ts';
import { openArchivedResult } from './archive-source.ts';
import { createImported } from './imported-source.ts';
import type { JobSource } from './job-source.ts';

/** What the archive's reader makes of results: one opened result, and those imported into `dataDir`. */
export function createArchivedSources(ports: {
  readonly dataDir: string;
  readonly clock: Clock;
  readonly thread?: TraceThread | null | undefined;
}): ResultSources<JobSource> {
  const imported = createImported(ports);
  return {
    archived: (job) => openArchivedResult(job, ports.clock),
    imported: imported.source,
    results: imported.results,
  };
}
