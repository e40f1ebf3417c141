import type { JobQuery } from '#shared/contract/contract.ts';
import { JOB_SORT_COLUMNS, type JobSortColumn } from '#shared/contract/types.ts';
import { SET_FILTER_NAMES, SET_FILTERS, type SetFilter } from '#shared/lib/set-filters.ts';
import type { EpochSeconds, Seconds } from '#shared/model/units.ts';

export { SET_FILTER_NAMES, SET_FILTERS, type SetFilter } from '#shared/lib/set-filters.ts';
export const SET_FILTER_TITLES: { readonly [F in SetFilter]: string } = {
  status: 'Status',
  kind: 'Kind',
  backend: 'Backend',
  model: 'Model',
  agent: 'Agent',
  tenant: 'Tenant',
  provider: 'Provider',
};

export const PERIODS: Readonly<Record<string, { readonly title: string; readonly seconds: Seconds }>> = {
  '1h': { title: 'Last hour', seconds: 3_600 },
  '24h': { title: 'Last 24 hours', seconds: 86_400 },
  '7d': { title: 'Last 7 days', seconds: 604_800 },
  '30d': { title: 'Last 30 days', seconds: 2_592_000 },
};

export interface Sort {
  readonly by: JobSortColumn;
  readonly desc: boolean;
}
export const DEFAULT_SORT: readonly Sort[] = [{ by: 'created_at', desc: true }];
/** The contract takes no more. */
export const MAX_SORTS = 4;

/** What the board shows, as the URL holds it: `?status=failed&q=timeout&since=24h&sort=-duration_ms`. */
export interface BoardFilter {
  readonly sets: { readonly [F in SetFilter]?: readonly string[] };
  readonly text: string;
  /** A key of PERIODS; '' for none. Wins over from and to. */
  readonly since: string;
  readonly from: EpochSeconds | null;
  readonly to: EpochSeconds | null;
  readonly demo: boolean | null;
  readonly sort: readonly Sort[];
}

export const NO_FILTER: BoardFilter = {
  sets: {},
  text: '',
  since: '',
  from: null,
  to: null,
  demo: null,
  sort: DEFAULT_SORT,
};

/** Anything the URL says that has no meaning is left out. */
export function parseFilter(query: URLSearchParams): BoardFilter {
  const sets: { [F in SetFilter]?: readonly string[] } = {};
  for (const name of SET_FILTER_NAMES) {
    const values = [...new Set(query.getAll(name))].filter((value) => value !== '');
    if (values.length > 0) sets[name] = values;
  }
  const since = query.get('since') ?? '';
  const demo = query.get('demo');
  const sort = parseSort(query.get('sort') ?? '');
  return {
    sets,
    text: (query.get('q') ?? '').slice(0, 256),
    since: Object.hasOwn(PERIODS, since) ? since : '',
    from: parseTime(query.get('from')),
    to: parseTime(query.get('to')),
    demo: demo === 'yes' ? true : demo === 'no' ? false : null,
    sort: sort.length > 0 ? sort : DEFAULT_SORT,
  };
}

/** The shortest query that means this filter; '' for the default board. */
export function writeFilter(filter: BoardFilter): URLSearchParams {
  const query = new URLSearchParams();
  for (const name of SET_FILTER_NAMES) {
    for (const value of filter.sets[name] ?? []) query.append(name, value);
  }
  if (filter.text !== '') query.set('q', filter.text);
  if (filter.since !== '') query.set('since', filter.since);
  else {
    if (filter.from !== null) query.set('from', new Date(filter.from * 1000).toISOString());
    if (filter.to !== null) query.set('to', new Date(filter.to * 1000).toISOString());
  }
  if (filter.demo !== null) query.set('demo', filter.demo ? 'yes' : 'no');
  const sort = filter.sort.map((one) => `${one.desc ? '-' : ''}${one.by}`).join(',');
  if (sort !== '' && sort !== '-created_at') query.set('sort', sort);
  return query;
}

/** The contract's query, but for the page. `now` turns a period into a time; whole minutes keep the key still. */
export function toQuery(
  filter: BoardFilter,
  source: string,
  now: EpochSeconds,
): Omit<JobQuery, 'limit' | 'offset'> {
  const period = PERIODS[filter.since];
  const from = period === undefined ? filter.from : Math.floor(now / 60) * 60 - period.seconds;
  const to = period === undefined ? filter.to : null;
  const sets: Partial<Record<(typeof SET_FILTERS)[SetFilter], string[]>> = {};
  for (const name of SET_FILTER_NAMES) {
    const values = filter.sets[name];
    if (values !== undefined) sets[SET_FILTERS[name]] = [...values];
  }
  return {
    source,
    ...sets,
    ...(filter.text === '' ? {} : { text: filter.text }),
    ...(from === null ? {} : { created_from: from }),
    ...(to === null ? {} : { created_to: to }),
    ...(filter.demo === null ? {} : { demo: filter.demo }),
    sort: filter.sort.map((one) => ({ ...one })),
  };
}

/** True when something narrows the board; the order does not. */
export const isNarrowed = (filter: BoardFilter): boolean =>
  writeFilter({ ...filter, sort: DEFAULT_SORT }).size > 0;

/** With `value` put in or taken out of one set. */
export function toggleValue(filter: BoardFilter, name: SetFilter, value: string): BoardFilter {
  const values = filter.sets[name] ?? [];
  const next = values.includes(value) ? values.filter((one) => one !== value) : [...values, value];
  return withSet(filter, name, next);
}

export function withSet(filter: BoardFilter, name: SetFilter, values: readonly string[]): BoardFilter {
  const { [name]: _, ...others } = filter.sets;
  return { ...filter, sets: values.length === 0 ? others : { ...others, [name]: values } };
}

/** A click on a header: descending, ascending, default. With `add`, the column joins the others. */
export function nextSort(sort: readonly Sort[], by: JobSortColumn, add: boolean): readonly Sort[] {
  const known = sort.find((one) => one.by === by);
  const alone = sort.length === 1;
  if (known === undefined) {
    const first = { by, desc: true };
    return add ? [...sort, first].slice(-MAX_SORTS) : [first];
  }
  if (!add && !alone) return [{ by, desc: true }];
  const next = known.desc ? { by, desc: false } : null;
  const result = sort.flatMap((one) => (one.by !== by ? [one] : next === null ? [] : [next]));
  return result.length > 0 ? result : DEFAULT_SORT;
}

function parseSort(text: string): readonly Sort[] {
  const sort: Sort[] = [];
  for (const part of text.split(',')) {
    const desc = part.startsWith('-');
    const by = JOB_SORT_COLUMNS.find((column) => column === (desc ? part.slice(1) : part));
    if (by !== undefined && !sort.some((one) => one.by === by)) sort.push({ by, desc });
  }
  return sort.slice(0, MAX_SORTS);
}

function parseTime(text: string | null): EpochSeconds | null {
  const ms = text === null ? Number.NaN : Date.parse(text);
  return Number.isNaN(ms) ? null : ms / 1000;
}
