import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { FacetMenu, type FacetValue } from '#renderer/widgets/job-filter/facet-menu.tsx';
import styles from '#renderer/widgets/job-filter/filter-bar.module.css';
import { COST_PROVIDERS } from '#shared/model/estimate.ts';
import { type CostsView, isNarrowed } from './costs-url.ts';
import { useFacets } from './use-costs.ts';

type Filter = 'provider' | 'backend' | 'tenant';
const TITLES: Readonly<Record<Filter, string>> = {
  provider: 'Provider',
  backend: 'Backend',
  tenant: 'Tenant',
};
const FILTERS = ['provider', 'backend', 'tenant'] as const;

/** Which estimates or jobs are meant. */
export function CostFilters(props: {
  readonly view: CostsView;
  readonly onView: (view: CostsView) => void;
  readonly only?: readonly Filter[];
  /** Jobs of each provider. */
  readonly providers?: ReadonlyMap<string, number>;
}): ReactNode {
  const { view, onView, only = FILTERS } = props;
  const facets = useFacets();
  const valuesOf = (filter: Filter): readonly FacetValue[] => {
    if (filter === 'backend') return facets?.backend_type ?? [];
    if (filter === 'tenant') return facets?.tenant_id ?? [];
    return COST_PROVIDERS.map((value) => ({ value, count: props.providers?.get(value) ?? 0 })).filter(
      ({ value, count }) => count > 0 || view.provider.includes(value),
    );
  };
  const set = (filter: Filter, values: readonly string[]): void =>
    onView({
      ...view,
      job: null,
      group: null,
      ...(filter === 'provider'
        ? { provider: COST_PROVIDERS.filter((one) => values.includes(one)) }
        : { [filter]: values }),
    });
  const shown = only.filter(
    (filter) => view[filter].length > 0 || valuesOf(filter).filter(({ value }) => value !== null).length > 1,
  );
  return (
    <search className={styles.bar} aria-label="Filter">
      <div className={styles.facets}>
        {shown.map((filter) => {
          const chosen: readonly string[] = view[filter];
          return (
            <FacetMenu
              key={filter}
              title={TITLES[filter]}
              values={valuesOf(filter)}
              chosen={chosen}
              onToggle={(value) =>
                set(
                  filter,
                  chosen.includes(value) ? chosen.filter((one) => one !== value) : [...chosen, value],
                )
              }
              onClear={() => set(filter, [])}
            />
          );
        })}
      </div>
      {isNarrowed(view) && (
        <Button
          variant="subtle"
          className={styles.facet}
          onClick={() => onView({ ...view, provider: [], backend: [], tenant: [], job: null, group: null })}
        >
          Clear
        </Button>
      )}
    </search>
  );
}
