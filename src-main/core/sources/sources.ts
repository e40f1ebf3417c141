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
  /** Aborts when the source closes: streams over it end then. Throws `source.unknown`. */
  untilClosed(id: SourceId): AbortSignal;
  dispose(): void;
}

interface Opened {
  readonly source: JobSource;
  readonly closed: AbortController;
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
  const opened = new Map<SourceId, Opened>();
  const ofOwn: Opened = { source: own, closed: new AbortController() };
  const find = (id: SourceId): Opened => {
    const found = id === OWN ? ofOwn : opened.get(id);
    if (found === undefined) {
      throw new CodedError('source.unknown', `No store is open under "${id}". Open it again.`);
    }
    return found;
  };
  const end = ({ source, closed }: Opened): void => {
    closed.abort();
    source.close();
  };
  return {
    get: (id) => find(id).source,
    untilClosed: (id) => find(id).closed.signal,
    list: () => [ofOwn, ...opened.values()].map(({ source }) => source.info()),
    open: async (path) => {
      const source = await openRuneStore(path, { dataDir: ports.paths.dataDir, clock: ports.clock, thread });
      const id = source.info().source;
      const known = opened.get(id);
      if (known !== undefined) {
        source.close();
        return known.source;
      }
      opened.set(id, { source, closed: new AbortController() });
      return source;
    },
    close: (id) => {
      const found = opened.get(id);
      if (found !== undefined) end(found);
      opened.delete(id);
    },
    dispose: () => {
      for (const one of [ofOwn, ...opened.values()]) end(one);
      opened.clear();
    },
  };
}
