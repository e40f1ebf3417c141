import type { ArchiveFilter, ArchiveQuery } from '#shared/contract/archive.ts';
import { ARCHIVE_SORT_COLUMNS, type ArchiveSortColumn } from '#shared/model/archive.ts';

export interface ArchiveSort {
  readonly by: ArchiveSortColumn;
  readonly desc: boolean;
}
export const NEWEST_FIRST: readonly ArchiveSort[] = [{ by: 'date', desc: true }];
/** The contract takes no more. */
const MAX_SORTS = 4;

/** What the view shows of a target, as the URL holds it: `?tenant=acme&from=2026-01-01&new=yes&sort=-size_bytes&key=…`. */
export interface ArchiveView {
  readonly tenants: readonly string[];
  readonly kinds: readonly string[];
  /** YYYY-MM-DD, both inclusive; '' for none. */
  readonly from: string;
  readonly to: string;
  readonly text: string;
  readonly onlyNew: boolean;
  readonly shape: 'results' | 'other' | null;
  readonly sort: readonly ArchiveSort[];
  /** The selected key; '' for none. Not part of the filter. */
  readonly key: string;
}

export const WHOLE_TARGET: ArchiveView = {
  tenants: [],
  kinds: [],
  from: '',
  to: '',
  text: '',
  onlyNew: false,
  shape: null,
  sort: NEWEST_FIRST,
  key: '',
};

/** Anything the URL says that has no meaning is left out. */
export function parseView(query: URLSearchParams): ArchiveView {
  const shape = query.get('shape');
  const sort = parseSort(query.get('sort') ?? '');
  return {
    tenants: valuesOf(query, 'tenant'),
    kinds: valuesOf(query, 'kind'),
    from: parseDay(query.get('from')),
    to: parseDay(query.get('to')),
    text: (query.get('q') ?? '').slice(0, 256),
    onlyNew: query.get('new') === 'yes',
    shape: shape === 'results' || shape === 'other' ? shape : null,
    sort: sort.length > 0 ? sort : NEWEST_FIRST,
    key: (query.get('key') ?? '').slice(0, 1024),
  };
}

/** The shortest query that means this view; '' for a whole target. */
export function writeView(view: ArchiveView): URLSearchParams {
  const query = new URLSearchParams();
  for (const tenant of view.tenants) query.append('tenant', tenant);
  for (const kind of view.kinds) query.append('kind', kind);
  if (view.from !== '') query.set('from', view.from);
  if (view.to !== '') query.set('to', view.to);
  if (view.text !== '') query.set('q', view.text);
  if (view.onlyNew) query.set('new', 'yes');
  if (view.shape !== null) query.set('shape', view.shape);
  const sort = view.sort.map((one) => `${one.desc ? '-' : ''}${one.by}`).join(',');
  if (sort !== '' && sort !== '-date') query.set('sort', sort);
  if (view.key !== '') query.set('key', view.key);
  return query;
}

export function toFilter(target: string, view: ArchiveView): ArchiveFilter {
  return {
    target,
    ...(view.tenants.length === 0 ? {} : { tenant: [...view.tenants] }),
    ...(view.kinds.length === 0 ? {} : { kind: [...view.kinds] }),
    ...(view.from === '' ? {} : { date_from: view.from }),
    ...(view.to === '' ? {} : { date_to: view.to }),
    ...(view.text === '' ? {} : { text: view.text }),
    ...(view.shape === null ? {} : { shape: view.shape }),
    ...(view.onlyNew ? { only_new: true } : {}),
  };
}

export type ObjectsQuery = Omit<ArchiveQuery, 'limit' | 'offset'>;
export const toQuery = (target: string, view: ArchiveView): ObjectsQuery => ({
  ...toFilter(target, view),
  sort: view.sort.map((one) => ({ ...one })),
});

/** True when something narrows the list; order and selection do not. */
export const isNarrowed = (view: ArchiveView): boolean =>
  writeView({ ...view, sort: NEWEST_FIRST, key: '' }).size > 0;

export const clearedFilter = (view: ArchiveView): ArchiveView => ({
  ...WHOLE_TARGET,
  sort: view.sort,
  key: view.key,
});

export const toggled = (values: readonly string[], value: string): readonly string[] =>
  values.includes(value) ? values.filter((one) => one !== value) : [...values, value];

/** A click on a header: the column's own first direction, the other, the default. With `add`, it joins the others. */
export function nextSort(
  sort: readonly ArchiveSort[],
  by: ArchiveSortColumn,
  add: boolean,
): readonly ArchiveSort[] {
  const isText = by !== 'date' && by !== 'size_bytes' && by !== 'last_modified';
  const first = { by, desc: !isText };
  const known = sort.find((one) => one.by === by);
  if (known === undefined) return add ? [...sort, first].slice(-MAX_SORTS) : [first];
  if (!add && sort.length > 1) return [first];
  const next = known.desc === first.desc ? { by, desc: !first.desc } : null;
  const result = sort.flatMap((one) => (one.by !== by ? [one] : next === null ? [] : [next]));
  return result.length > 0 ? result : NEWEST_FIRST;
}

/**
 * The longest prefix of keys that everything in this filter lies below: one tenant, then one kind, then one day. A name
 * that keys spell otherwise than people do ends it earlier.
 */
export function prefixOf(prefix: string, view: ArchiveView): string {
  if (view.shape === 'other') return prefix;
  const day = view.from === view.to ? view.from : '';
  let below = prefix;
  for (const part of [only(view.tenants), only(view.kinds), day]) {
    if (!/^[A-Za-z0-9_-][A-Za-z0-9._-]*$/.test(part)) return below;
    below += `${part}/`;
  }
  return below;
}

const only = (values: readonly string[]): string => (values.length === 1 ? (values[0] ?? '') : '');

const valuesOf = (query: URLSearchParams, name: string): readonly string[] =>
  [...new Set(query.getAll(name))].filter((value) => value !== '').slice(0, 256);

function parseDay(text: string | null): string {
  if (text === null || !/^\d{4}-\d{2}-\d{2}$/.test(text)) return '';
  const at = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text) ? text : '';
}

function parseSort(text: string): readonly ArchiveSort[] {
  const sort: ArchiveSort[] = [];
  for (const part of text.split(',')) {
    const desc = part.startsWith('-');
    const by = ARCHIVE_SORT_COLUMNS.find((column) => column === (desc ? part.slice(1) : part));
    if (by !== undefined && !sort.some((one) => one.by === by)) sort.push({ by, desc });
  }
  return sort.slice(0, MAX_SORTS);
}
