import { Select } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { lazy, type ReactNode, Suspense, useCallback, useMemo, useRef, useState } from 'react';
import { bucketsFor, type TimePoint } from '#renderer/charts/time-data.ts';
import { shownFailure } from '#renderer/client/failure.ts';
import { navigate, useHashQuery } from '#renderer/client/hash-location.ts';
import { useApi } from '#renderer/client/query.tsx';
import { paths } from '#renderer/client/routes.ts';
import { useActions } from '#renderer/widgets/actions/use-actions.tsx';
import { Delayed } from '#renderer/widgets/delayed.tsx';
import { FailureNotice } from '#renderer/widgets/notice.tsx';
import { useNow } from '#renderer/widgets/now.ts';
import { View } from '#renderer/widgets/view.tsx';
import { formatCount } from '#shared/lib/format.ts';
import styles from './compare.module.css';
import { CompareFilterBar } from './compare-filter.tsx';
import { CompareTabs } from './compare-tabs.tsx';
import { whereOf } from './compare-url.ts';
import { type Drill, drillDown } from './drill.ts';
import { type ExploreView, parseExplore, writeExplore } from './explore-url.ts';
import { JobsBehind, openDrill } from './jobs-behind.tsx';
import { ByPicker, SourcesPicker } from './pickers.tsx';
import { useSources } from './use-comparison.ts';

const ExploreChart = lazy(async () => ({ default: (await import('./explore-chart.tsx')).ExploreChart }));

const QUANTILES: Readonly<Record<string, number | undefined>> = { p50: 0.5, p90: 0.9, p99: 0.99 };

/** Any span name over time, cut by a dimension. */
export function ExplorePage(): ReactNode {
  const { orpc } = useApi();
  const [view, setView] = useExploreView();
  const sources = useSources();
  const search = useRef<HTMLInputElement>(null);
  const minute = useNow(view.filter.since === '' ? null : 60_000);
  const [drill, setDrill] = useState<Drill | null>(null);
  const input = {
    sources: [...view.sources],
    where: whereOf(view.filter, minute),
    event: view.event,
    by: view.by === '' ? null : view.by,
  };
  const whole = useQuery({
    ...orpc.compare.explore.queryOptions({ input, staleTime: 10_000 }),
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => (state.data?.complete === false ? 1_500 : false),
  });
  const quantile = QUANTILES[view.show];
  const totals = whole.data?.series.map(({ total }) => total);
  // Percentiles need many spans in a bucket: time is cut as finely as they allow.
  const coarse = useQuery({
    ...orpc.compare.explore.queryOptions({
      input: { ...input, buckets: bucketsFor(totals ?? [], quantile ?? 0.5) },
      enabled: quantile !== undefined && totals !== undefined && !whole.isPlaceholderData,
      staleTime: 10_000,
    }),
    placeholderData: keepPreviousData,
  });
  const found = quantile === undefined ? whole : coarse;
  useActions([
    {
      id: 'explore.search',
      title: 'Search jobs',
      group: 'Metrics',
      keys: ['/'],
      run: () => search.current?.select(),
    },
    {
      id: 'explore.table',
      title: view.table ? 'Show the chart' : 'Show the table behind the chart',
      group: 'Metrics',
      keys: ['t'],
      run: () => setView({ ...view, table: !view.table }),
    },
    {
      id: 'explore.compare',
      title: `Compare the groups by ${view.event}`,
      group: 'Metrics',
      keys: ['g c'],
      run: () => navigate(paths.compare({ query: `measure=${encodeURIComponent(view.event)}` })),
    },
  ]);
  const showJobs = (key: string | null, bucket?: TimePoint): void =>
    setDrill(
      openDrill(drillDown(view, { key, ...(bucket && { from: bucket.from, to: bucket.to }) }, sources)),
    );
  const events = whole.data?.events ?? [];
  const isKnown = events.some(({ event }) => event === view.event);
  return (
    <View
      title={<CompareTabs current="metrics" />}
      filter={
        <CompareFilterBar
          sources={view.sources}
          filter={view.filter}
          search={search}
          onChange={(filter) => setView({ ...view, filter })}
        />
      }
    >
      <div className={styles.toolbar}>
        <Select
          className={styles.measure}
          aria-label="Span name"
          searchable
          allowDeselect={false}
          maxDropdownHeight={420}
          value={view.event}
          nothingFoundMessage="No such span"
          data={[
            ...events.map(({ event, total }) => ({ value: event, label: `${event}  ${formatCount(total)}` })),
            ...(isKnown ? [] : [{ value: view.event, label: view.event }]),
          ]}
          onChange={(event) => {
            if (event !== null) setView({ ...view, event });
          }}
        />
        <span className="dim">by</span>
        <ByPicker
          by={view.by}
          none="nothing: all in one"
          spans={events.map(({ event }) => event)}
          onChange={(by) => setView({ ...view, by })}
        />
        <span className="dim">in</span>
        <SourcesPicker
          sources={sources}
          chosen={view.sources}
          onChange={(chosen) => setView({ ...view, sources: chosen })}
        />
      </div>
      {found.error !== null ? (
        <div className={styles.notice}>
          <FailureNotice
            failure={shownFailure(found.error)}
            what="The spans could not be read."
            onRetry={() => void found.refetch()}
          />
        </div>
      ) : found.data === undefined ? (
        <Delayed>
          <p className={`dim ${styles.notice}`}>Reading the spans…</p>
        </Delayed>
      ) : (
        <div className={styles.page} data-stale={found.isPlaceholderData}>
          <Suspense fallback={null}>
            <ExploreChart view={view} result={found.data} onView={setView} onJobs={showJobs} />
          </Suspense>
        </div>
      )}
      {drill !== null && <JobsBehind drill={drill} onClose={() => setDrill(null)} />}
    </View>
  );
}

function useExploreView(): readonly [ExploreView, (view: ExploreView) => void] {
  const [query, setQuery] = useHashQuery();
  const text = query.toString();
  const view = useMemo(() => parseExplore(new URLSearchParams(text)), [text]);
  const set = useCallback((next: ExploreView) => setQuery(writeExplore(next), { replace: true }), [setQuery]);
  return [view, set];
}
