import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode, RefObject } from 'react';
import { useApi } from '#renderer/client/query.tsx';
import { FacetMenu, type FacetValue } from '#renderer/widgets/job-filter/facet-menu.tsx';
import styles from '#renderer/widgets/job-filter/filter-bar.module.css';
import {
  type BoardFilter,
  DEFAULT_SORT,
  isNarrowed,
  NO_FILTER,
  SET_FILTER_TITLES,
  SET_FILTERS,
  type SetFilter,
  toggleValue,
  withSet,
} from '#renderer/widgets/job-filter/filter-codec.ts';
import { JobSearch } from '#renderer/widgets/job-filter/job-search.tsx';
import { TimeMenu } from '#renderer/widgets/job-filter/time-menu.tsx';

const ALWAYS: readonly SetFilter[] = ['status', 'kind', 'backend', 'model', 'agent'];
const RARE: readonly SetFilter[] = ['tenant', 'provider'];

/** The board's one line of filters. */
export function FilterBar(props: {
  readonly source: string;
  readonly filter: BoardFilter;
  readonly search: RefObject<HTMLInputElement | null>;
  readonly onChange: (filter: BoardFilter) => void;
}): ReactNode {
  const { filter, onChange } = props;
  const { orpc } = useApi();
  const facets = useQuery(
    orpc.jobs.facets.queryOptions({ input: { source: props.source }, staleTime: 2_000 }),
  );
  const valuesOf = (name: SetFilter): readonly FacetValue[] => facets.data?.[SET_FILTERS[name]] ?? [];
  const isUsed = (name: SetFilter): boolean =>
    filter.sets[name] !== undefined || valuesOf(name).filter((one) => one.value !== null).length > 1;
  return (
    <search className={styles.bar} aria-label="Filter jobs">
      <JobSearch text={filter.text} field={props.search} onChange={(text) => onChange({ ...filter, text })} />
      <div className={styles.facets}>
        {[...ALWAYS, ...RARE.filter(isUsed)].map((name) => (
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
        <DemoSwitch demo={filter.demo} onChange={(demo) => onChange({ ...filter, demo })} />
      </div>
      {isNarrowed(filter) && (
        <Button
          variant="subtle"
          className={styles.facet}
          onClick={() =>
            onChange({ ...NO_FILTER, sort: filter.sort.length > 0 ? filter.sort : DEFAULT_SORT })
          }
        >
          Clear
        </Button>
      )}
    </search>
  );
}

/** All, without the demo's, or only those. */
function DemoSwitch(props: {
  readonly demo: boolean | null;
  readonly onChange: (demo: boolean | null) => void;
}): ReactNode {
  const next = props.demo === null ? false : props.demo ? null : true;
  return (
    <Button
      variant={props.demo === null ? 'default' : 'light'}
      className={styles.facet}
      title="Jobs of the built-in demo backend: with the others, left out, or alone"
      onClick={() => props.onChange(next)}
    >
      Demo{props.demo === null ? '' : props.demo ? ': only' : ': hidden'}
    </Button>
  );
}
