import { groupName } from '#renderer/charts/series.ts';
import { paths } from '#renderer/client/routes.ts';
import { type JobsWhere, MAX_BAND_JOBS } from '#renderer/client/trace-links.ts';
import {
  DEFAULT_SORT,
  SET_FILTER_NAMES,
  SET_FILTERS,
  withSet,
  writeFilter,
} from '#renderer/widgets/job-filter/filter-codec.ts';
import type { CompareFilter } from '#shared/contract/compare.ts';
import { formatCount } from '#shared/lib/format.ts';
import type { GroupFigures } from '#shared/model/compare.ts';
import type { SourceInfo } from '#shared/model/source.ts';
import type { EpochSeconds } from '#shared/model/units.ts';
import type { CompareView } from './compare-url.ts';

export interface DrillLink {
  readonly title: string;
  readonly to: string;
}
export interface Drill {
  readonly links: readonly DrillLink[];
  /** What the board cannot say, so that its list is wider than the mark. */
  readonly wider: string | null;
}

type Cut = Pick<CompareView, 'sources' | 'filter' | 'by'>;

/** The board's list behind a mark: a group (null: all of them), within a span of time, in every source of it. */
export function drillDown(
  view: Cut,
  mark: { readonly key: string | null; readonly from?: EpochSeconds; readonly to?: EpochSeconds },
  sources: readonly SourceInfo[],
): Drill {
  let filter = { ...view.filter, sort: DEFAULT_SORT, demo: view.filter.demo === true ? null : false };
  let wider: string | null = null;
  let shown = view.sources;
  if (mark.from !== undefined && mark.to !== undefined)
    filter = { ...filter, since: '', from: Math.floor(mark.from), to: Math.ceil(mark.to) };
  if (mark.key !== null) {
    const name = SET_FILTER_NAMES.find((one) => SET_FILTERS[one] === view.by);
    if (view.by === 'source') shown = [mark.key];
    else if (mark.key === '')
      wider = 'The board cannot filter for jobs without a value: it shows the others, too.';
    else if (name !== undefined) filter = { ...withSet(filter, name, [mark.key]), demo: filter.demo };
    else if (view.by === 'question') filter = { ...filter, text: mark.key.replace(/…$/, '').slice(0, 200) };
    else wider = 'The board has no filter for this attribute: it shows the other groups, too.';
  }
  const query = writeFilter(filter).toString();
  return {
    wider,
    links: shown.map((source) => ({
      title: sources.find((one) => one.source === source)?.title ?? source,
      to: `${paths.jobs(source)}${query === '' ? '' : `?${query}`}`,
    })),
  };
}

/** Where a group's jobs lie over one another, or why they cannot. */
export type Steps = { readonly to: string } | { readonly reason: string };

/**
 * A group's percentile waterfall: by the filter that means the group where there is one, else by the jobs behind its
 * figures, all of which a result names up to its limit.
 */
export function stepsOf(
  view: Pick<CompareView, 'sources' | 'by' | 'pick' | 'matched'>,
  where: CompareFilter,
  { key, n, jobs, points }: GroupFigures,
): Steps {
  const title = groupName(key);
  const name = SET_FILTER_NAMES.find((one) => SET_FILTERS[one] === view.by);
  const isPlain = view.pick === null && view.matched.length === 0 && key !== '';
  if (isPlain && (name !== undefined || view.by === 'source')) {
    if (jobs > MAX_BAND_JOBS)
      return {
        reason: `It has ${formatCount(jobs)} jobs; ${formatCount(MAX_BAND_JOBS)} can be laid over one another. Filter for fewer.`,
      };
    const said = Object.fromEntries(Object.entries(where).filter(([, value]) => value !== undefined));
    return {
      to: paths.bands(
        name === undefined
          ? { sources: [key], where: said as JobsWhere, title }
          : { sources: view.sources, where: { ...(said as JobsWhere), [SET_FILTERS[name]]: [key] }, title },
      ),
    };
  }
  if (n === 0) return { reason: 'None of its jobs has a value of this measure.' };
  if (points.length < n)
    return {
      reason: `No filter means this group, and only ${formatCount(points.length)} of its ${formatCount(n)} jobs with a value are known here. Filter for fewer.`,
    };
  return { to: paths.bands({ jobs: points.map(({ source, job_id }) => ({ source, job_id })), title }) };
}
