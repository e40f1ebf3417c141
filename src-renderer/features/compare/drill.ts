import { groupName } from '#renderer/charts/series.ts';
import { paths } from '#renderer/client/routes.ts';
import type { JobsWhere } from '#renderer/client/trace-links.ts';
import {
  DEFAULT_SORT,
  SET_FILTER_NAMES,
  SET_FILTERS,
  type SetFilter,
  withSet,
  writeFilter,
} from '#renderer/widgets/job-filter/filter-codec.ts';
import type { CompareFilter } from '#shared/contract/compare.ts';
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

/** A group's jobs laid over one another. */
export function stepsLink(
  sources: CompareView['sources'],
  where: CompareFilter,
  name: (typeof SET_FILTERS)[SetFilter],
  key: string,
): string {
  const said = Object.entries(where).filter(([, value]) => value !== undefined);
  return paths.bands({
    sources,
    where: { ...(Object.fromEntries(said) as JobsWhere), [name]: [key] },
    title: groupName(key),
  });
}
