import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { yearsOf } from '#renderer/charts/calendar.ts';
import { CalendarHeatmap } from '#renderer/charts/calendar-heatmap.tsx';
import { useApi } from '#renderer/client/query.tsx';
import { useNow } from '#renderer/widgets/now.ts';
import type { ArchiveFacets } from '#shared/model/archive.ts';
import styles from './archive.module.css';
import { type ArchiveView, toFilter, toggled } from './archive-url.ts';
import { FacetList } from './facet-list.tsx';

export interface Facets {
  /** Counted without the filter of dates. */
  readonly days: ArchiveFacets['days'];
  readonly tenants: ArchiveFacets['tenants'];
  readonly kinds: ArchiveFacets['kinds'];
  readonly other: number;
  readonly newCount: number;
}

/** Counts for what can be chosen; what one filter chose does not hide its own alternatives. */
export function useFacets(target: string, view: ArchiveView): Facets | null {
  const { orpc } = useApi();
  const of = (part: Partial<ArchiveView>) =>
    orpc.archive.facets.queryOptions({
      input: toFilter(target, { ...view, ...part }),
      staleTime: 2_000,
      placeholderData: keepPreviousData,
    });
  const days = useQuery(of({ from: '', to: '' }));
  const tenants = useQuery(of({ tenants: [] }));
  const kinds = useQuery(of({ kinds: [] }));
  const other = useQuery(of({ tenants: [], kinds: [], from: '', to: '', shape: null }));
  if (days.data === undefined) return null;
  return {
    days: days.data.days,
    tenants: tenants.data?.tenants ?? [],
    kinds: kinds.data?.kinds ?? [],
    other: other.data?.other ?? 0,
    newCount: days.data.state.new_count,
  };
}

/** The days of a year, and whose results they are. */
export function Overview(props: {
  readonly view: ArchiveView;
  readonly facets: Facets | null;
  readonly asTable: boolean;
  readonly onTable: (asTable: boolean) => void;
  readonly onChange: (view: ArchiveView) => void;
}): ReactNode {
  const { view, facets, onChange } = props;
  const today = new Date(useNow(60_000) * 1000).toISOString().slice(0, 10);
  const days = facets?.days ?? [];
  const years = yearsOf(days, today);
  const [chosen, setChosen] = useState<number | null>(null);
  // The year of the filter, else the newest that has anything.
  const newest = Number((days.at(-1)?.date ?? today).slice(0, 4));
  const filtered = view.to === '' ? view.from : view.to;
  const year = chosen ?? (filtered === '' ? newest : Number(filtered.slice(0, 4)));
  const from = view.from === '' ? '0000-01-01' : view.from;
  const to = view.to === '' ? '9999-12-31' : view.to;
  return (
    <div className={styles.overview}>
      <CalendarHeatmap
        days={days}
        year={year}
        years={years.includes(year) ? years : [...years, year].sort((a, b) => b - a)}
        range={view.from === '' && view.to === '' ? null : { from, to }}
        asTable={props.asTable}
        onYear={setChosen}
        onTable={props.onTable}
        onRange={(range) => onChange({ ...view, from: range?.from ?? '', to: range?.to ?? '' })}
      />
      <div className={styles.facets}>
        <FacetList
          title="Tenants"
          values={facets?.tenants ?? []}
          chosen={view.tenants}
          onToggle={(value) => onChange({ ...view, tenants: toggled(view.tenants, value) })}
        />
        <FacetList
          title="Kinds"
          values={facets?.kinds ?? []}
          chosen={view.kinds}
          onToggle={(value) => onChange({ ...view, kinds: toggled(view.kinds, value) })}
        />
      </div>
    </div>
  );
}
