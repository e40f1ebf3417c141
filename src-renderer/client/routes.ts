import type { Market } from '#shared/model/offers.ts';
import { archivedParts, OWN, type SourceId } from '#shared/model/source.ts';
import { type BandsPlace, writeBandsPlace, writeDiffPlace } from './trace-links.ts';

/** One job of one source. */
export interface Place {
  readonly source: SourceId;
  readonly job_id: string;
}

/** Paths inside the hash; every link in the app is made here. */
export const paths = {
  jobs: (source: string = OWN): string => `/s/${encodeURIComponent(source)}/jobs`,
  job: (source: string, jobId: string, spanId?: string): string =>
    `/s/${encodeURIComponent(source)}/jobs/${encodeURIComponent(jobId)}${spanId === undefined ? '' : `?span=${spanId}`}`,
  newJob: (from?: { readonly source: string; readonly jobId: string }): string =>
    from === undefined
      ? '/new'
      : `/new?source=${encodeURIComponent(from.source)}&from=${encodeURIComponent(from.jobId)}`,
  /** `key` selects a result. */
  archive: (target?: string, key?: string): string =>
    `/archive${target === undefined ? '' : `/${encodeURIComponent(target)}`}${key === undefined ? '' : `?key=${encodeURIComponent(key)}`}`,
  archiveReports: (): string => '/archive/reports',
  archiveReport: (reportId: string): string => `/archive/report/${encodeURIComponent(reportId)}`,
  archiveJournal: (): string => '/archive/journal',
  /** Everything of a comparison is in its query; hand-picked jobs are groups A and B. */
  compare: (of: { readonly query?: string; readonly pick?: Pick } = {}): string => {
    const query = new URLSearchParams(of.query);
    for (const side of ['a', 'b'] as const) {
      for (const place of of.pick?.[side] ?? []) query.append(side, writePlace(place));
    }
    return query.size === 0 ? '/compare' : `/compare?${query}`;
  },
  explore: (query = ''): string => `/compare/explore${query === '' ? '' : `?${query}`}`,
  /** Two traces over one another. */
  diff: (a: Place, b: Place): string => `/diff?${writeDiffPlace(a, b)}`,
  /** Many traces over one another. */
  bands: (place: BandsPlace): string => `/bands?${writeBandsPlace(place)}`,
  /** Spending; `estimates`, `calibration`, `what-if` and `prices` name another page of it. */
  costs: (page?: CostsPage, query = ''): string =>
    `/costs${page === undefined || page === 'spend' ? '' : `/${page}`}${query === '' ? '' : `?${query}`}`,
  /** GPU offers; `rentals` and `machines` name what became of them. */
  offers: (page?: OffersPage, query = ''): string =>
    `/offers${page === undefined || page === 'offers' ? '' : `/${page}`}${query === '' ? '' : `?${query}`}`,
  /** The New job form with a machine chosen; '' for a model leaves that to it. */
  newJobOnOffer: (on: {
    readonly offer: number;
    readonly market: Market;
    readonly model: string;
  }): string => {
    const query = new URLSearchParams({ offer: String(on.offer), market: on.market });
    if (on.model !== '') query.set('model', on.model);
    return `/new?${query}`;
  },
  /** What the engine logged. */
  logs: (of: { readonly job?: string; readonly line?: number } = {}): string => {
    const query = new URLSearchParams();
    if (of.job !== undefined) query.set('job', of.job);
    if (of.line !== undefined) query.set('line', String(of.line));
    return query.size === 0 ? '/logs' : `/logs?${query}`;
  },
  settings: (section?: string): string => `/settings${section === undefined ? '' : `/${section}`}`,
};

/** The pages of Costs, in their order. */
export const COSTS_PAGES = ['spend', 'estimates', 'calibration', 'what-if', 'prices'] as const;
export type CostsPage = (typeof COSTS_PAGES)[number];

/** The pages of Offers, in their order. */
export const OFFERS_PAGES = ['offers', 'rentals', 'machines'] as const;
export type OffersPage = (typeof OFFERS_PAGES)[number];

interface Pick {
  readonly a: readonly Place[];
  readonly b: readonly Place[];
}

/** Comparing from a view means comparing the jobs of its source; an archived result is one job and no source to compare. */
export function compareFrom(path: string): string {
  const source = sourceOfPath(path);
  return source === OWN || archivedParts(source) !== null
    ? paths.compare()
    : paths.compare({ query: new URLSearchParams({ source }).toString() });
}

/** A job inside a query: its id, with its source before it where that is not the own one. */
export const writePlace = ({ source, job_id }: Place): string =>
  source === OWN ? encodeURIComponent(job_id) : `${encodeURIComponent(source)}/${encodeURIComponent(job_id)}`;

/** Null for what is no place. */
export function parsePlace(text: string): Place | null {
  const [first = '', second, more] = text.split('/');
  const place =
    second === undefined
      ? { source: OWN, job_id: decodedPart(first) }
      : { source: decodedPart(first), job_id: decodedPart(second) };
  return more !== undefined || place.job_id === '' || place.source === '' ? null : place;
}

/** The source a path shows, `own` where it names none. */
export function sourceOfPath(path: string): string {
  const match = /^\/s\/([^/]+)/.exec(path);
  return match?.[1] === undefined ? OWN : decodedPart(match[1]);
}

/** A path part as it was before it was put into a link; one that cannot be read back stands as it is. */
export function decodedPart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
