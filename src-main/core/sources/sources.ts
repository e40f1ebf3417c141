import type { Ports } from '#core/ports/ports.ts';
import type { TraceThread } from '#core/store/rune-store.ts';
import { CodedError } from '#shared/model/failure.ts';
import { archivedParts, EXTERNAL, OWN, type SourceId, type SourceInfo } from '#shared/model/source.ts';
import { beginsAsTrace } from './file/read-file.ts';
import { openTraceFile } from './file/trace-file.ts';
import type { JobSource } from './job-source.ts';
import { openRuneStore } from './store-source.ts';

/** Every place jobs are read from at the moment: our own store, the RUNE stores that were opened, archived results. */
export interface Sources {
  /** Opens archived results by itself. Throws `source.unknown`, and `archive.*` where one cannot be opened. */
  get(id: SourceId): Promise<JobSource>;
  list(): readonly SourceInfo[];
  /** Opens a RUNE store or a trace file by path; a store that is open already is returned as it is. */
  open(path: string): Promise<JobSource>;
  close(id: SourceId): void;
  /** Aborts when the source closes: streams over it end then. Throws `source.unknown` unless `get` came before. */
  untilClosed(id: SourceId): AbortSignal;
  dispose(): void;
}

interface Opened {
  readonly source: JobSource;
  readonly closed: AbortController;
}

/** Archived results that stay open, as many as one comparison may ask for; the one asked for longest ago goes first. */
const MAX_ARCHIVED = 16;

export function createSources({
  own,
  ports,
  openArchived,
  external = () => null,
  openRemote = () => null,
  thread = null,
}: {
  readonly own: JobSource;
  readonly ports: Pick<Ports, 'clock' | 'paths'>;
  /** Opens `archive:<target>:<key>` and `imported`; null for every other id. */
  readonly openArchived: (id: SourceId) => Promise<JobSource> | null;
  /** Traces that came over OTLP; null while there is none. */
  readonly external?: (() => JobSource | null) | undefined;
  /** Opens `remote:<id>`; null for every other id. */
  readonly openRemote?: ((id: SourceId) => Promise<JobSource> | null) | undefined;
  readonly thread?: TraceThread | null | undefined;
}): Sources {
  const opened = new Map<SourceId, Opened>();
  const ofOwn: Opened = { source: own, closed: new AbortController() };
  const externalClosed = new AbortController();
  const ofExternal = (): Opened | undefined => {
    const source = external();
    return source === null ? undefined : { source, closed: externalClosed };
  };
  const find = (id: SourceId): Opened => {
    const found = id === OWN ? ofOwn : id === EXTERNAL ? ofExternal() : opened.get(id);
    if (found === undefined) {
      throw new CodedError('source.unknown', `No store is open under "${id}". Open it again.`);
    }
    return found;
  };
  const end = ({ source, closed }: Opened): void => {
    closed.abort();
    source.close();
  };
  const opening = new Map<SourceId, Promise<JobSource>>();
  const get = async (id: SourceId): Promise<JobSource> => {
    const known = opened.get(id);
    if (id === OWN || id === EXTERNAL || known !== undefined) {
      if (known !== undefined && archivedParts(id) !== null) {
        opened.delete(id);
        opened.set(id, known);
      }
      return find(id).source;
    }
    const underway =
      opening.get(id) ?? (openArchived(id) ?? openRemote(id))?.finally(() => opening.delete(id));
    if (underway === undefined) return find(id).source;
    opening.set(id, underway);
    const source = await underway;
    if (!opened.has(id)) opened.set(id, { source, closed: new AbortController() });
    evict();
    return source;
  };
  const evict = (): void => {
    const archived = [...opened].filter(([id]) => archivedParts(id) !== null);
    for (const [id, old] of archived.slice(0, Math.max(0, archived.length - MAX_ARCHIVED))) {
      opened.delete(id);
      end(old);
    }
  };
  return {
    get,
    untilClosed: (id) => find(id).closed.signal,
    list: () => [ofOwn, ofExternal() ?? [], ...opened.values()].flat().map(({ source }) => source.info()),
    open: async (path) => {
      const where = { dataDir: ports.paths.dataDir, clock: ports.clock, thread };
      const source = await (beginsAsTrace(path) ? openTraceFile(path, where) : openRuneStore(path, where));
      const { source: id, kind } = source.info();
      const known = opened.get(id);
      if (known !== undefined) {
        // A trace file is not followed: to open it again is to read it again.
        if (kind === 'file') end(known);
        else {
          source.close();
          return known.source;
        }
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
      externalClosed.abort();
      for (const one of [ofOwn, ...opened.values()]) end(one);
      opened.clear();
    },
  };
}
