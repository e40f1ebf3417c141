import { COSTS_PAGES, type CostsPage } from '#renderer/client/routes.ts';
import type { OutcomeQuery, SimulateQuery, SpendQuery } from '#shared/contract/costs.ts';
import { COST_PROVIDERS, type CostProvider } from '#shared/model/estimate.ts';
import type { EpochSeconds } from '#shared/model/units.ts';

export const PERIODS = { '7d': 7, '30d': 30, '90d': 90, all: null } as const;
export type Period = keyof typeof PERIODS;
export const PERIOD_NAMES = ['7d', '30d', '90d', 'all'] as const satisfies readonly Period[];

export const SPEND_BY = ['backend_type', 'kind', 'model', 'tenant_id'] as const;
export type SpendBy = (typeof SPEND_BY)[number];

export const PRICE_KINDS = ['all', 'machines', 'models', 'own'] as const;
export type PriceKind = (typeof PRICE_KINDS)[number];

/** What the view shows, as the URL holds it; the pages share what they have in common. */
export interface CostsView {
  readonly period: Period;
  readonly by: SpendBy;
  readonly provider: readonly CostProvider[];
  readonly backend: readonly string[];
  readonly tenant: readonly string[];
  /** A chosen estimate; null: the first of the list. */
  readonly job: string | null;
  readonly order: 'off' | 'newest';
  /** A chosen group of the calibration; null: all. */
  readonly group: string | null;
  /** What the prices are searched for. */
  readonly text: string;
  readonly prices: PriceKind;
  readonly what: SimulateQuery;
  readonly table: boolean;
}

export const DEFAULT_WHAT: SimulateQuery = {
  agent: '',
  suite: '',
  model: '',
  gpu: '',
  runs_per_period: 1,
  period_days: 30,
};

export const pageOf = (page: string | undefined): CostsPage | null =>
  page === undefined ? 'spend' : (COSTS_PAGES.find((one) => one === page) ?? null);

/** Anything the URL says that has no meaning is left out. */
export function parseView(query: URLSearchParams): CostsView {
  const all = (name: string): readonly string[] =>
    [...new Set(query.getAll(name))].filter((value) => value !== '' && value.length <= 256).slice(0, 64);
  const text = (name: string, most: number): string => (query.get(name) ?? '').slice(0, most);
  return {
    period: PERIOD_NAMES.find((name) => name === query.get('period')) ?? '30d',
    by: SPEND_BY.find((name) => name === query.get('by')) ?? 'backend_type',
    provider: COST_PROVIDERS.filter((name) => all('provider').includes(name)),
    backend: all('backend'),
    tenant: all('tenant'),
    job: query.get('job'),
    order: query.get('order') === 'newest' ? 'newest' : 'off',
    group: query.get('group'),
    text: text('q', 128),
    prices: PRICE_KINDS.find((one) => one === query.get('prices')) ?? 'all',
    what: {
      agent: text('agent', 64),
      suite: text('suite', 256),
      model: text('model', 128),
      gpu: text('gpu', 64),
      runs_per_period: whole(query.get('runs'), 1_000_000) ?? DEFAULT_WHAT.runs_per_period,
      period_days: whole(query.get('days'), 3660) ?? DEFAULT_WHAT.period_days,
    },
    table: query.get('table') === 'yes',
  };
}

/** The shortest query that means this view. */
export function writeView(view: CostsView): URLSearchParams {
  const query = new URLSearchParams();
  const put = (name: string, value: string, unsaid: string): void => {
    if (value !== unsaid) query.set(name, value);
  };
  put('period', view.period, '30d');
  put('by', view.by, 'backend_type');
  for (const name of ['provider', 'backend', 'tenant'] as const)
    for (const value of view[name]) query.append(name, value);
  put('job', view.job ?? '', '');
  put('order', view.order, 'off');
  put('group', view.group ?? '', '');
  put('q', view.text, '');
  put('prices', view.prices, 'all');
  for (const name of ['agent', 'suite', 'model', 'gpu'] as const) put(name, view.what[name], '');
  put('runs', String(view.what.runs_per_period), String(DEFAULT_WHAT.runs_per_period));
  put('days', String(view.what.period_days), String(DEFAULT_WHAT.period_days));
  put('table', view.table ? 'yes' : '', '');
  return query;
}

/** A whole number from 1 to `most`; null for anything else. */
export function whole(text: string | null, most: number): number | null {
  const value = text !== null && /^\d{1,9}$/.test(text.trim()) ? Number(text) : Number.NaN;
  return value >= 1 && value <= most ? value : null;
}

/** Local midnight of a period's first day; null for all of it. */
export function periodStart(period: Period, now: EpochSeconds): EpochSeconds | null {
  const days = PERIODS[period];
  if (days === null) return null;
  const at = new Date(now * 1000);
  return new Date(at.getFullYear(), at.getMonth(), at.getDate() - days + 1).getTime() / 1000;
}

export function outcomeQueryOf(view: CostsView, now: EpochSeconds): OutcomeQuery {
  const from = periodStart(view.period, now);
  return {
    ...(from === null ? {} : { from }),
    ...(view.provider.length === 0 ? {} : { provider: [...view.provider] }),
    ...(view.backend.length === 0 ? {} : { backend_type: [...view.backend] }),
    ...(view.tenant.length === 0 ? {} : { tenant_id: [...view.tenant] }),
  };
}

export function spendQueryOf(view: CostsView, now: EpochSeconds): SpendQuery {
  const from = periodStart(view.period, now);
  return {
    ...(from === null ? {} : { from }),
    ...(view.tenant.length === 0 ? {} : { tenant_id: [...view.tenant] }),
    by: view.by,
    // Minus zero is no whole number of minutes to everyone.
    utc_offset_minutes: 0 - new Date(now * 1000).getTimezoneOffset(),
  };
}

/** Some filter hides what would be there without it. */
export const isNarrowed = ({ provider, backend, tenant }: CostsView): boolean =>
  provider.length + backend.length + tenant.length > 0;
