import { Autocomplete, Button, SegmentedControl, Select } from '@mantine/core';
import { type ReactNode, useEffect, useState } from 'react';
import { formatBytes } from '#shared/lib/format.ts';
import { MARKETS, type Market } from '#shared/model/offers.ts';
import { DemoTag } from './demo-tag.tsx';
import styles from './offers.module.css';
import { DEFAULT_AGENT, type OffersView, X_FIELDS, Y_FIELDS } from './offers-url.ts';
import { useAgentNames, useFitModels } from './use-offers.ts';

const MARKET_TITLES: Readonly<Record<Market, string>> = { vastai: 'Vast.ai', demo: 'Demo market' };
const AXIS_NAMES: Readonly<Record<(typeof X_FIELDS | typeof Y_FIELDS)[number], string>> = {
  usd_per_job: '$ per job',
  dph_total: '$ per hour',
  seconds_per_job: 'time to done',
  dlperf: 'DLPerf',
  gpu_mem_bw: 'memory bandwidth',
};
/** Typing settles before the engine is asked. */
const SETTLE_MS = 500;

/** For which job offers are judged, and over which axes they are drawn. */
export function OffersToolbar(props: {
  readonly view: OffersView;
  readonly onView: (view: OffersView) => void;
  readonly market: Market | null;
  readonly hasKey: boolean;
  readonly filters: boolean;
  readonly onFilters: () => void;
}): ReactNode {
  const { view, onView, market } = props;
  const agents = useAgentNames();
  return (
    <div className={styles.toolbar} role="toolbar" aria-label="What offers are judged by">
      <Button
        variant={props.filters ? 'light' : 'default'}
        aria-pressed={props.filters}
        title="Filters  f"
        onClick={props.onFilters}
      >
        Filters
      </Button>
      {market !== null &&
        (props.hasKey ? (
          <Select
            className={styles.market}
            aria-label="Market"
            value={market}
            allowDeselect={false}
            data={MARKETS.map((value) => ({ value, label: MARKET_TITLES[value] }))}
            onChange={(value) =>
              onView({
                ...view,
                market: MARKETS.find((one) => one === value) ?? null,
                offer: null,
                pins: [],
                compare: false,
              })
            }
          />
        ) : (
          <span data-testid="market">{MARKET_TITLES[market]}</span>
        ))}
      {market === 'demo' && <DemoTag />}
      <ModelPicker model={view.model} onChange={(model) => onView({ ...view, model, brush: null })} />
      <Select
        className={styles.agent}
        aria-label="Agent"
        title="Whose jobs tell how many tokens it takes"
        searchable
        allowDeselect={false}
        value={view.agent}
        data={[...new Set([DEFAULT_AGENT, view.agent, ...agents])]}
        onChange={(agent) => onView({ ...view, agent: agent ?? DEFAULT_AGENT })}
      />
      <SegmentedControl
        aria-label="How it is rented"
        value={view.type}
        data={[
          { value: 'ondemand', label: 'On demand' },
          { value: 'bid', label: 'Interruptible' },
        ]}
        onChange={(type) => onView({ ...view, type: type === 'bid' ? 'bid' : 'ondemand', brush: null })}
      />
      <span className={styles.grow} />
      <Select
        className={styles.axis}
        aria-label="Vertical axis"
        title="Vertical axis"
        allowDeselect={false}
        value={view.y}
        data={Y_FIELDS.map((value) => ({ value, label: AXIS_NAMES[value] }))}
        onChange={(value) =>
          onView({ ...view, y: Y_FIELDS.find((one) => one === value) ?? view.y, brush: null })
        }
      />
      <span className="dim">over</span>
      <Select
        className={styles.axis}
        aria-label="Horizontal axis"
        title="Horizontal axis"
        allowDeselect={false}
        value={view.x}
        data={X_FIELDS.map((value) => ({ value, label: AXIS_NAMES[value] }))}
        onChange={(value) =>
          onView({ ...view, x: X_FIELDS.find((one) => one === value) ?? view.x, brush: null })
        }
      />
    </div>
  );
}

/** A model of the table, one that is typed, or the largest that fits each offer. */
function ModelPicker(props: {
  readonly model: string;
  readonly onChange: (model: string) => void;
}): ReactNode {
  const { model, onChange } = props;
  const models = useFitModels();
  const [typed, setTyped] = useState(model);
  const [seen, setSeen] = useState(model);
  if (model !== seen) {
    setSeen(model);
    setTyped(model);
  }
  const wanted = typed.trim();
  useEffect(() => {
    if (wanted === model) return;
    // What was chosen from the list is meant at once.
    const known = wanted === '' || models.some((one) => one.model === wanted);
    const timer = setTimeout(() => onChange(wanted), known ? 0 : SETTLE_MS);
    return () => clearTimeout(timer);
  }, [wanted, model, models, onChange]);
  const sizes = new Map(models.map((one) => [one.model, one]));
  return (
    <Autocomplete
      className={styles.model}
      aria-label="Model"
      title="The model a job would run there; empty: the largest that fits each offer"
      placeholder="Largest that fits"
      maxLength={128}
      limit={200}
      maxDropdownHeight={360}
      comboboxProps={{ width: 300, position: 'bottom-start' }}
      data={models.map((one) => one.model)}
      // Who opens the list with a model chosen looks for another one.
      filter={({ options, search }) =>
        search.trim() === model
          ? options
          : options.filter((one) => 'value' in one && one.value.includes(search.trim().toLowerCase()))
      }
      onFocus={(event) => event.currentTarget.select()}
      value={typed}
      onChange={setTyped}
      clearable
      renderOption={({ option }) => {
        const one = sizes.get(option.value);
        return (
          <span className={styles.option}>
            <span>{option.value}</span>
            <span className="figure dim">
              {one !== undefined && `${formatBytes(one.vram_mb * 1e6)} VRAM, ${one.required_disk_gb} GB disk`}
            </span>
          </span>
        );
      }}
    />
  );
}
