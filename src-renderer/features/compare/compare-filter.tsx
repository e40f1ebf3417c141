import { Button } from '@mantine/core';
import { useQueries } from '@tanstack/react-query';
import type { ReactNode, RefObject } from 'react';
import { useApi } from '#renderer/client/query.tsx';
import { FacetMenu, type FacetValue } from '#renderer/widgets/job-filter/facet-menu.tsx';
import styles from '#renderer/widgets/job-filter/filter-bar.module.css';
import {
  type BoardFilter,
  isNarrowed,
  NO_FILTER,
  SET_FILTER_NAMES,
  SET_FILTER_TITLES,
  SET_FILTERS,
  type SetFilter,
  toggleValue,
  withSet,
} from '#renderer/widgets/job-filter/filter-codec.ts';
import { JobSearch } from '#renderer/widgets/job-filter/job-search.tsx';
import { TimeMenu } from '#renderer/widgets/job-filter/time-menu.tsx';

/** The board's filters over all sources of a comparison. */
export function CompareFilterBar(props: {
  readonly sources: readonly string[];
  readonly filter: BoardFilter;
  readonly search: RefObject<HTMLInputElement | null>;
  readonly onChange: (filter: BoardFilter) => void;
}): ReactNode {
  const { filter, onChange } = props;
  const { orpc } = useApi();
  const facets = useQueries({
    queries: props.sources.map((source) =>
      orpc.jobs.facets.queryOptions({ input: { source }, staleTime: 10_000 }),
    ),
  });
  const valuesOf = (name: SetFilter): readonly FacetValue[] => {
    const counts = new Map<string | null, number>();
    for (const { data } of facets)
      for (const { value, count } of data?.[SET_FILTERS[name]] ?? [])
        counts.set(value, (counts.get(value) ?? 0) + count);
    return [...counts].map(([value, count]) => ({ value, count })).sort((a, b) => b.count - a.count);
  };
  const isUsed = (name: SetFilter): boolean =>
    filter.sets[name] !== undefined || valuesOf(name).filter((one) => one.value !== null).length > 1;
  return (
    <search className={styles.bar} aria-label="Filter jobs">
      <JobSearch text={filter.text} field={props.search} onChange={(text) => onChange({ ...filter, text })} />
      <div className={styles.facets}>
        {SET_FILTER_NAMES.filter(isUsed).map((name) => (
          <FacetMenu
            key={name}
            title={SET_FILTER_TITLES[name]}
            values={valuesOf(name)}
            chosen={filter.sets[name] ?? []}
            onToggle={(value) => onChange(toggleValue(filter, name, value))}
            onClear={() => onChange(withSet(filter, name, []))}
          />
        ))}
        <TimeMenu times={filter} onChange={(times) => onChange({ ...filter, ...times })} />
      </div>
      {isNarrowed({ ...filter, demo: null }) && (
        <Button
          variant="subtle"
          className={styles.facet}
          onClick={() => onChange({ ...NO_FILTER, demo: filter.demo })}
        >
          Clear
        </Button>
      )}
    </search>
  );
}
