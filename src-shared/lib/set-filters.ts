/** Filters of the Jobs board that hold a set of values, by their name in a link. */
export const SET_FILTERS = {
  status: 'status',
  kind: 'kind',
  backend: 'backend_type',
  model: 'model',
  agent: 'agent',
  tenant: 'tenant_id',
  provider: 'provider_type',
} as const;
export type SetFilter = keyof typeof SET_FILTERS;
export const SET_FILTER_NAMES = Object.keys(SET_FILTERS) as readonly SetFilter[];
