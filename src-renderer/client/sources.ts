import { OWN, type SourceId, type SourceInfo } from '#shared/model/source.ts';
import { paths } from './routes.ts';

/** What a source is, in a word or two. */
export const KIND_WORDS: { readonly [K in SourceInfo['kind']]: string } = {
  own: 'own store',
  store: 'RUNE store',
  archive: 'archived results',
  file: 'trace file',
  remote: 'remote',
  external: 'over OTLP',
};

/** `remote:<id>`: jobs run there, too. */
const REMOTE = 'remote:';
export const isRemote = (source: SourceId): boolean => source.startsWith(REMOTE);
/** The id that a remote has in the settings; null for every other source. */
export const remoteIdOf = (source: SourceId): string | null =>
  isRemote(source) ? source.slice(REMOTE.length) : null;

/** Jobs are run here or on a remote; everything else is only read. */
export const runsJobs = (source: SourceId): boolean => source === OWN || isRemote(source);

/** The New job form, for where the jobs that are shown run. */
export const newJobAt = (source: SourceId): string =>
  isRemote(source) ? `${paths.newJob()}?at=${encodeURIComponent(source)}` : paths.newJob();

/** What it cannot say or do, in words; what its own notes say already is left to them. */
export function lacks({ provides, kind }: Pick<SourceInfo, 'provides' | 'kind'>): readonly string[] {
  if (kind === 'own') return [];
  return [
    ...(provides.recorded_starts && provides.recorded_parents
      ? []
      : ['starts and nesting of spans are inferred']),
    ...(provides.live ? [] : ['not live']),
    ...(provides.estimates ? [] : ['no estimates']),
  ];
}
