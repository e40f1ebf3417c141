import { SET_FILTER_NAMES, SET_FILTERS, type SetFilter } from '#shared/lib/set-filters.ts';
import { OWN } from '#shared/model/source.ts';
import type { Place } from './routes.ts';

type SetName = (typeof SET_FILTERS)[SetFilter];

/** Which jobs a filter takes; the shape of the contract's filter. */
export type JobsWhere = { readonly [N in SetName]?: string[] } & {
  readonly text?: string;
  readonly created_from?: number;
  readonly created_to?: number;
  readonly demo?: boolean;
};

/** Jobs of a percentile waterfall: named one by one, or every job a filter takes. */
export type BandsPlace =
  | { readonly jobs: readonly Place[]; readonly title?: string }
  | { readonly sources: readonly string[]; readonly where: JobsWhere; readonly title?: string };

/** As many jobs as the contract lays over one another. */
export const MAX_BAND_JOBS = 1000;

/** `own/6f0c…`, a source with slashes in it encoded. */
const writeRef = ({ source, job_id }: Place): string =>
  `${encodeURIComponent(source)}/${encodeURIComponent(job_id)}`;

function parseRef(text: string | null): Place | null {
  const at = text?.indexOf('/') ?? -1;
  if (text === null || at <= 0 || at === text.length - 1) return null;
  try {
    return {
      source: decodeURIComponent(text.slice(0, at)),
      job_id: decodeURIComponent(text.slice(at + 1)),
    };
  } catch {
    return null;
  }
}

export const writeDiffPlace = (a: Place, b: Place): string =>
  new URLSearchParams({ a: writeRef(a), b: writeRef(b) }).toString();

/** Null where a job is not named. */
export function parseDiffPlace(query: URLSearchParams): {
  readonly a: Place | null;
  readonly b: Place | null;
} {
  return { a: parseRef(query.get('a')), b: parseRef(query.get('b')) };
}

/** `?jobs=own/<id>,<id>`, a source each; or `?source=own&backend=ollama&status=succeeded`. */
export function writeBandsPlace(place: BandsPlace): string {
  const query = new URLSearchParams();
  if (place.title !== undefined) query.set('title', place.title);
  if ('jobs' in place) {
    const bySource = new Map<string, string[]>();
    for (const { source, job_id } of place.jobs)
      bySource.set(source, [...(bySource.get(source) ?? []), encodeURIComponent(job_id)]);
    for (const [source, ids] of bySource)
      query.append('jobs', `${encodeURIComponent(source)}/${ids.join(',')}`);
    return query.toString();
  }
  for (const source of place.sources) query.append('source', source);
  for (const name of SET_FILTER_NAMES)
    for (const value of place.where[SET_FILTERS[name]] ?? []) query.append(name, value);
  const { text, created_from, created_to, demo } = place.where;
  if (text !== undefined && text !== '') query.set('q', text);
  if (created_from !== undefined) query.set('from', new Date(created_from * 1000).toISOString());
  if (created_to !== undefined) query.set('to', new Date(created_to * 1000).toISOString());
  if (demo === true) query.set('demo', 'yes');
  return query.toString();
}

/** Anything the link says that has no meaning is left out. */
export function parseBandsPlace(query: URLSearchParams): BandsPlace {
  const title = query.get('title')?.slice(0, 256);
  const named = title === undefined ? {} : { title };
  if (query.has('jobs')) {
    const jobs = query.getAll('jobs').flatMap((text) => {
      const at = text.indexOf('/');
      return text
        .slice(at + 1)
        .split(',')
        .flatMap((id) => parseRef(at < 0 ? null : `${text.slice(0, at)}/${id}`) ?? []);
    });
    return { jobs: jobs.slice(0, MAX_BAND_JOBS), ...named };
  }
  const sources = [...new Set(query.getAll('source'))].filter((source) => source !== '');
  const where: { -readonly [K in keyof JobsWhere]: JobsWhere[K] } = {};
  for (const name of SET_FILTER_NAMES) {
    const values = [...new Set(query.getAll(name))];
    if (values.length > 0) where[SET_FILTERS[name]] = values;
  }
  const text = query.get('q') ?? '';
  if (text !== '') where.text = text.slice(0, 256);
  for (const [name, key] of [
    ['from', 'created_from'],
    ['to', 'created_to'],
  ] as const) {
    const ms = Date.parse(query.get(name) ?? '');
    if (!Number.isNaN(ms)) where[key] = ms / 1000;
  }
  if (query.get('demo') === 'yes') where.demo = true;
  return { sources: sources.length > 0 ? sources : [OWN], where, ...named };
}
