import type { Ports } from '#core/ports/ports.ts';
import type { TraceThread } from '#core/store/rune-store.ts';
import { CodedError } from '#shared/model/failure.ts';
import { OWN, type SourceId, type SourceInfo } from '#shared/model/source.ts';
import type { JobSource } from './job-source.ts';
import { openRuneStore } from './store-source.ts';

/** Every place jobs are read from at the moment: our own store, and the RUNE stores that were opened. */
export interface Sources {
  /** Throws `source.unknown`. */
  get(id: SourceId): JobSource;
  list(): readonly SourceInfo[];
  /** Opens a RUNE store by path; one that is open already is returned as it is. */
  open(path: string): Promise<JobSource>;
  close(id: SourceId): void;
  dispose(): void;
}

export function createSources({
  own,
  ports,
  thread = null,
}: {
  readonly own: JobSource;
  readonly ports: Pick<Ports, 'clock' | 'paths'>;
  readonly thread?: TraceThread | null | undefined;
}): Sources {
  const opened = new Map<SourceId, JobSource>();
  return {
    get: (id) => {
      const source = id === OWN ? own : opened.get(id);
      if (source === undefined) {
        throw new CodedError('source.unknown', `No store is open under "${id}". Open it again.`);
      }
      return source;
    },
    list: () => [own, ...opened.values()].map((source) => source.info()),
    open: async (path) => {
      const source = await openRuneStore(path, { dataDir: ports.paths.dataDir, clock: ports.clock, thread });
      const id = source.info().source;
      const known = opened.get(id);
      if (known !== undefined) {
        source.close();
        return known;
      }
      opened.set(id, source);
      return source;
    },
    close: (id) => {
      opened.get(id)?.close();
      opened.delete(id);
    },
    dispose: () => {
      for (const source of opened.values()) source.close();
      opened.clear();
    },
  };
}
