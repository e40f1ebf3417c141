import { Button, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, type RefObject, useEffect, useState } from 'react';
import { useApi } from '#renderer/client/query.tsx';
import type { Milliseconds } from '#shared/model/units.ts';
import { FacetMenu, type FacetValue } from './facet-menu.tsx';
import styles from './filter-bar.module.css';
import {
  type BoardFilter,
  DEFAULT_SORT,
  isNarrowed,
  NO_FILTER,
  SET_FILTERS,
  type SetFilter,
  toggleValue,
  withSet,
} from './filter-codec.ts';
import { TimeMenu } from './time-menu.tsx';

const TYPING_MS: Milliseconds = 150;
const TITLES: { readonly [F in SetFilter]: string } = {
  status: 'Status',
  kind: 'Kind',
  backend: 'Backend',
  model: 'Model',
  agent: 'Agent',
  tenant: 'Tenant',
  provider: 'Provider',
};
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
      <SearchField
        text={filter.text}
        field={props.search}
        onChange={(text) => onChange({ ...filter, text })}
      />
      <div className={styles.facets}>
        {[...ALWAYS, ...RARE.filter(isUsed)].map((name) => (
          <FacetMenu
            key={name}
            title={TITLES[name]}
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

/** Types at once, asks a moment later. */
function SearchField(props: {
  readonly text: string;
  readonly field: RefObject<HTMLInputElement | null>;
  readonly onChange: (text: string) => void;
}): ReactNode {
  const { text, onChange } = props;
  const [typed, setTyped] = useState(text);
  const [seen, setSeen] = useState(text);
  if (text !== seen) {
    setSeen(text);
    setTyped(text);
  }
  useEffect(() => {
    if (typed === text) return;
    const timer = setTimeout(() => onChange(typed), TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed, text, onChange]);
  return (
    <TextInput
      ref={props.field}
      className={styles.search}
      value={typed}
      maxLength={256}
      placeholder="Search  /"
      aria-label="Search in job id, question, model, agent and message"
      title="Searches job id, question, model, agent and message"
      onChange={(event) => setTyped(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key === 'Escape' || event.key === 'Enter') event.currentTarget.blur();
        if (event.key === 'Escape') setTyped('');
      }}
    />
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
