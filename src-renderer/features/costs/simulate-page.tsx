import { Autocomplete, TextInput } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { type ReactNode, useEffect, useState } from 'react';
import { useApi } from '#renderer/client/query.tsx';
import { View } from '#renderer/widgets/view.tsx';
import type { SimulateQuery } from '#shared/contract/costs.ts';
import { Answered } from './answered.tsx';
import styles from './costs.module.css';
import { whole } from './costs-url.ts';
import { SimulationResult } from './simulation-result.tsx';
import type { PageProps } from './spend-page.tsx';
import { useFacets, usePrices } from './use-costs.ts';

/** Typing settles before the engine is asked. */
const SETTLE_MS = 300;
const MOST_RUNS = 1_000_000;
const MOST_DAYS = 3660;

/** What a campaign of runs would cost. */
export function SimulatePage(props: PageProps): ReactNode {
  const { view, onView } = props;
  const { orpc } = useApi();
  const simulation = useQuery({
    ...orpc.costs.simulate.queryOptions({ input: view.what, staleTime: 30_000 }),
    placeholderData: keepPreviousData,
  });
  return (
    <View title={props.title}>
      <div className={styles.whatIf}>
        <WhatForm what={view.what} onChange={(what) => onView({ ...view, what })} />
        <div className={styles.whatAnswer} data-stale={simulation.isPlaceholderData} aria-live="polite">
          <Answered query={simulation} what="It could not be worked out." bones={[120, 180]}>
            {(answer) => <SimulationResult what={view.what} simulation={answer} />}
          </Answered>
        </div>
      </div>
    </View>
  );
}

interface Draft {
  readonly agent: string;
  readonly suite: string;
  readonly model: string;
  readonly gpu: string;
  readonly runs: string;
  readonly days: string;
}

const draftOf = (what: SimulateQuery): Draft => ({
  agent: what.agent,
  suite: what.suite,
  model: what.model,
  gpu: what.gpu,
  runs: String(what.runs_per_period),
  days: String(what.period_days),
});

function WhatForm(props: {
  readonly what: SimulateQuery;
  readonly onChange: (what: SimulateQuery) => void;
}): ReactNode {
  const { what, onChange } = props;
  const { orpc } = useApi();
  const [draft, setDraft] = useState(() => draftOf(what));
  const agents = useQuery(orpc.agents.list.queryOptions({ staleTime: 60_000 })).data ?? [];
  const facets = useFacets();
  const prices = usePrices().data ?? [];
  const runs = whole(draft.runs, MOST_RUNS);
  const days = whole(draft.days, MOST_DAYS);
  const wanted =
    runs === null || days === null
      ? null
      : JSON.stringify({
          agent: draft.agent.trim(),
          suite: draft.suite.trim(),
          model: draft.model.trim(),
          gpu: draft.gpu.trim(),
          runs_per_period: runs,
          period_days: days,
        } satisfies SimulateQuery);
  const current = JSON.stringify(what);
  useEffect(() => {
    if (wanted === null || wanted === current) return;
    const timer = setTimeout(() => onChange(JSON.parse(wanted) as SimulateQuery), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [wanted, current, onChange]);
  const models = [
    ...(facets?.model ?? []).map(({ value }) => value),
    ...prices.filter(({ usd_million_in }) => usd_million_in !== null).map(({ name }) => name),
  ];
  const set =
    (name: keyof Draft) =>
    (value: string): void =>
      setDraft((now) => ({ ...now, [name]: value }));
  return (
    <form
      className={styles.whatForm}
      aria-label="What would run"
      onSubmit={(event) => event.preventDefault()}
    >
      <Autocomplete
        label="Agent"
        description="Empty: any."
        maxLength={64}
        data={distinct(agents.map(({ name }) => name))}
        value={draft.agent}
        onChange={set('agent')}
      />
      <Autocomplete
        label="Model"
        description="Priced by the token where it is billed so."
        maxLength={128}
        limit={200}
        maxDropdownHeight={320}
        data={distinct(models)}
        value={draft.model}
        onChange={set('model')}
      />
      <Autocomplete
        label="GPU"
        description="To be rented. Empty: none."
        maxLength={64}
        limit={200}
        maxDropdownHeight={320}
        data={distinct(prices.map(({ gpu }) => gpu))}
        value={draft.gpu}
        onChange={set('gpu')}
      />
      <TextInput
        label="Benchmark suite"
        description="Template hash. Empty: any."
        maxLength={256}
        value={draft.suite}
        spellCheck={false}
        onChange={(event) => set('suite')(event.currentTarget.value)}
      />
      <div className={styles.twoFields}>
        <TextInput
          label="Runs per day"
          inputMode="numeric"
          value={draft.runs}
          error={runs === null ? `A whole number from 1 to ${MOST_RUNS.toLocaleString('en-US')}` : undefined}
          onChange={(event) => set('runs')(event.currentTarget.value)}
        />
        <TextInput
          label="Days"
          inputMode="numeric"
          value={draft.days}
          error={days === null ? `A whole number from 1 to ${MOST_DAYS.toLocaleString('en-US')}` : undefined}
          onChange={(event) => set('days')(event.currentTarget.value)}
        />
      </div>
    </form>
  );
}

const distinct = (values: readonly (string | null)[]): string[] =>
  [...new Set(values.filter((value): value is string => value !== null && value !== ''))].sort((a, b) =>
    a.localeCompare(b),
  );
