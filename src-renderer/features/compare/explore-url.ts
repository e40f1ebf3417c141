import { EXPLORE_MEASURES, type ExploreMeasure } from '#renderer/charts/time-data.ts';
import {
  type BoardFilter,
  DEFAULT_SORT,
  parseFilter,
  writeFilter,
} from '#renderer/widgets/job-filter/filter-codec.ts';
import { OWN, type SourceId } from '#shared/model/source.ts';

/** What the metrics explorer shows: `?event=driver.call&by=model&show=p90`. */
export interface ExploreView {
  readonly sources: readonly SourceId[];
  readonly filter: BoardFilter;
  readonly event: string;
  /** '' is one series of all. */
  readonly by: string;
  readonly show: ExploreMeasure;
  readonly log: boolean | null;
  readonly table: boolean;
}

const DEFAULT_EVENT = 'agent.ask';

/** Anything the URL says that has no meaning is left out. */
export function parseExplore(query: URLSearchParams): ExploreView {
  const sources = [...new Set(query.getAll('source'))].filter((one) => one !== '').slice(0, 16);
  const log = query.get('log');
  return {
    sources: sources.length === 0 ? [OWN] : sources,
    filter: { ...parseFilter(query), sort: DEFAULT_SORT },
    event: (query.get('event') || DEFAULT_EVENT).slice(0, 256),
    by: query.get('by') ?? '',
    show: EXPLORE_MEASURES.find((one) => one === query.get('show')) ?? 'count',
    log: log === 'yes' ? true : log === 'no' ? false : null,
    table: query.get('table') === 'yes',
  };
}

/** The shortest query that means this view. */
export function writeExplore(view: ExploreView): URLSearchParams {
  const query = new URLSearchParams();
  const isOwn = view.sources.length === 1 && view.sources[0] === OWN;
  for (const source of isOwn ? [] : view.sources) query.append('source', source);
  for (const [name, value] of writeFilter({ ...view.filter, sort: DEFAULT_SORT })) query.append(name, value);
  if (view.event !== DEFAULT_EVENT) query.set('event', view.event);
  if (view.by !== '') query.set('by', view.by);
  if (view.show !== 'count') query.set('show', view.show);
  if (view.log !== null) query.set('log', view.log ? 'yes' : 'no');
  if (view.table) query.set('table', 'yes');
  return query;
}
