import { OFFERS_PAGES, type OffersPage } from '#renderer/client/routes.ts';
import { isOfferField, type OfferFieldKey } from '#shared/model/offer-fields.ts';
import type { FrontAxes } from '#shared/model/offer-front.ts';
import {
  MARKETS,
  type Market,
  type MarketDefaults,
  type OfferFilter,
  RANGE_FIELDS,
  type RangeField,
} from '#shared/model/offers.ts';

export const X_FIELDS = ['usd_per_job', 'dph_total'] as const satisfies readonly OfferFieldKey[];
export const Y_FIELDS = [
  'seconds_per_job',
  'dlperf',
  'gpu_mem_bw',
] as const satisfies readonly OfferFieldKey[];
export const DEFAULT_NAMES = ['verified', 'not_external', 'rentable', 'not_rented'] as const;
/** As many as a reader can hold against one another. */
export const MOST_PINS = 4;

export type Ranges = NonNullable<OfferFilter['ranges']>;
export interface OfferSort {
  readonly by: OfferFieldKey;
  readonly desc: boolean;
}
/** A rectangle over the chart, in the values of its axes. */
export interface Brush {
  readonly x: readonly [low: number, high: number];
  readonly y: readonly [low: number, high: number];
}

/** What the view shows, as the URL holds it. */
export interface OffersView {
  /** Null: Vast.ai with a key, else the demo. */
  readonly market: Market | null;
  /** '' is the largest that fits each offer. */
  readonly model: string;
  readonly agent: string;
  readonly type: 'ondemand' | 'bid';
  readonly defaults: MarketDefaults;
  readonly ranges: Ranges;
  readonly gpu: readonly string[];
  readonly country: readonly string[];
  readonly verification: readonly string[];
  readonly text: string;
  readonly x: FrontAxes['x'];
  readonly y: FrontAxes['y'];
  /** Null: where the values span enough. */
  readonly log: boolean | null;
  readonly brush: Brush | null;
  /** First the one that counts most. */
  readonly sort: readonly OfferSort[];
  /** What is left out is in the table, too, with the reason. */
  readonly all: boolean;
  readonly offer: number | null;
  readonly pins: readonly number[];
  /** The pinned are laid side by side. */
  readonly compare: boolean;
  readonly table: boolean;
}

export const ALL_DEFAULTS: MarketDefaults = {
  verified: true,
  not_external: true,
  rentable: true,
  not_rented: true,
};
export const DEFAULT_AGENT = 'prompt';
export const DEFAULT_SORT: readonly OfferSort[] = [{ by: 'usd_per_job', desc: false }];

export const pageOf = (page: string | undefined): OffersPage | null =>
  page === undefined ? 'offers' : (OFFERS_PAGES.find((one) => one === page) ?? null);

const number = (text: string | undefined): number | null => {
  const value = text === undefined || text.trim() === '' ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : null;
};
const id = (text: string | null): number | null =>
  text !== null && /^\d{1,15}$/.test(text) ? Number(text) : null;

/** Anything the URL says that has no meaning is left out. */
export function parseView(query: URLSearchParams): OffersView {
  const all = (name: string): readonly string[] =>
    [...new Set(query.getAll(name))].filter((value) => value !== '' && value.length <= 128).slice(0, 128);
  const text = (name: string, most: number): string => (query.get(name) ?? '').slice(0, most);
  const off = new Set(all('off'));
  const pins = [...new Set(all('pin').flatMap((pin) => id(pin) ?? []))].slice(0, MOST_PINS);
  const log = query.get('log');
  return {
    market: MARKETS.find((one) => one === query.get('market')) ?? null,
    model: text('model', 128).trim(),
    agent: text('agent', 64) || DEFAULT_AGENT,
    type: query.get('type') === 'bid' ? 'bid' : 'ondemand',
    defaults: {
      verified: !off.has('verified'),
      not_external: !off.has('not_external'),
      rentable: !off.has('rentable'),
      not_rented: !off.has('not_rented'),
    },
    ranges: parseRanges(query),
    gpu: all('gpu'),
    country: all('country'),
    verification: all('verification'),
    text: text('q', 128),
    x: X_FIELDS.find((one) => one === query.get('x')) ?? 'usd_per_job',
    y: Y_FIELDS.find((one) => one === query.get('y')) ?? 'seconds_per_job',
    log: log === 'yes' ? true : log === 'no' ? false : null,
    brush: parseBrush(query.get('brush')),
    sort: parseSort(all('sort')),
    all: query.get('all') === 'yes',
    offer: id(query.get('offer')),
    pins,
    compare: query.get('compare') === 'yes' && pins.length > 1,
    table: query.get('table') === 'yes',
  };
}

function parseRanges(query: URLSearchParams): Ranges {
  const ranges: Partial<Record<RangeField, { min?: number; max?: number }>> = {};
  for (const field of RANGE_FIELDS) {
    const [low, high, more] = query.get(field)?.split('..') ?? [];
    const [min, max] = [number(low), number(high)];
    if (more !== undefined || (min === null && max === null)) continue;
    ranges[field] = { ...(min === null ? {} : { min }), ...(max === null ? {} : { max }) };
  }
  return ranges;
}

function parseBrush(text: string | null): Brush | null {
  const [x0, x1, y0, y1, more] = (text ?? '').split(',').map((part) => number(part));
  if (x0 == null || x1 == null || y0 == null || y1 == null || more !== undefined) return null;
  return x0 <= x1 && y0 <= y1 ? { x: [x0, x1], y: [y0, y1] } : null;
}

function parseSort(texts: readonly string[]): readonly OfferSort[] {
  const sort = texts.flatMap((text): OfferSort[] => {
    const by = text.replace(/^-/, '');
    return isOfferField(by) ? [{ by, desc: text.startsWith('-') }] : [];
  });
  return sort.length === 0 ? DEFAULT_SORT : sort.slice(0, 3);
}

/** The shortest query that means this view. */
export function writeView(view: OffersView): URLSearchParams {
  const query = new URLSearchParams();
  const put = (name: string, value: string, unsaid: string): void => {
    if (value !== unsaid) query.set(name, value);
  };
  put('market', view.market ?? '', '');
  put('model', view.model, '');
  put('agent', view.agent, DEFAULT_AGENT);
  put('type', view.type, 'ondemand');
  for (const name of DEFAULT_NAMES) if (!view.defaults[name]) query.append('off', name);
  for (const field of RANGE_FIELDS) {
    const { min, max } = view.ranges[field] ?? {};
    if (min !== undefined || max !== undefined) query.set(field, `${min ?? ''}..${max ?? ''}`);
  }
  for (const name of ['gpu', 'country', 'verification'] as const)
    for (const value of view[name]) query.append(name, value);
  put('q', view.text, '');
  put('x', view.x, 'usd_per_job');
  put('y', view.y, 'seconds_per_job');
  put('log', view.log === null ? '' : view.log ? 'yes' : 'no', '');
  if (view.brush !== null) query.set('brush', [...view.brush.x, ...view.brush.y].map(short).join(','));
  const sort = view.sort.map(({ by, desc }) => `${desc ? '-' : ''}${by}`);
  if (sort.join() !== 'usd_per_job') for (const one of sort) query.append('sort', one);
  put('all', view.all ? 'yes' : '', '');
  put('offer', view.offer === null ? '' : String(view.offer), '');
  for (const pin of view.pins) query.append('pin', String(pin));
  put('compare', view.compare ? 'yes' : '', '');
  put('table', view.table ? 'yes' : '', '');
  return query;
}

/** A brush's edges mean pixels: more digits than these say nothing. */
const short = (value: number): number => Number(value.toPrecision(5));

/** Ascending first where less is better; the third click takes a column out of the order. */
export function nextSort(
  sort: readonly OfferSort[],
  by: OfferFieldKey,
  add: boolean,
  startsDesc: boolean,
): readonly OfferSort[] {
  const known = sort.find((one) => one.by === by);
  const next = known === undefined ? { by, desc: startsDesc } : { by, desc: !known.desc };
  const isLast = known !== undefined && known.desc !== startsDesc;
  const others = sort.filter((one) => one.by !== by);
  if (!add) return isLast && others.length === 0 ? DEFAULT_SORT : [next];
  if (isLast) return others.length === 0 ? DEFAULT_SORT : others;
  return known === undefined ? [...sort, next].slice(-3) : sort.map((one) => (one.by === by ? next : one));
}

/** Ranges with one of them replaced; without limits it is gone. */
export function withRange(
  ranges: Ranges,
  field: RangeField,
  range: { readonly min?: number | undefined; readonly max?: number | undefined },
): Ranges {
  const { [field]: _before, ...others } = ranges;
  return range.min === undefined && range.max === undefined ? others : { ...others, [field]: range };
}

/** What is asked for, all of it; the engine is asked without ranges and with nothing hidden. */
export const filterOf = (view: OffersView): OfferFilter => ({
  gpu_name: view.gpu,
  country: view.country,
  ranges: view.ranges,
  type: view.type,
  defaults: view.defaults,
});

/** Everything that narrows, taken back; what is asked and how it is shown stays. */
export const cleared = (view: OffersView): OffersView => ({
  ...view,
  defaults: ALL_DEFAULTS,
  ranges: {},
  gpu: [],
  country: [],
  verification: [],
  text: '',
  brush: null,
});

export const isNarrowed = (view: OffersView): boolean =>
  Object.keys(view.ranges).length + view.gpu.length + view.country.length + view.verification.length > 0 ||
  view.text !== '';
