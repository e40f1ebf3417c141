import { Button, Select, Switch } from '@mantine/core';
import { memo, type ReactNode, useCallback, useMemo, useState } from 'react';
import { formatCount } from '#shared/lib/format.ts';
import { offerField } from '#shared/model/offer-fields.ts';
import {
  type MarketDefaults,
  type PricedOffer,
  RANGE_FIELDS,
  type RangeField,
} from '#shared/model/offers.ts';
import { FacetList } from './facet-list.tsx';
import styles from './filters.module.css';
import { facetOf, hiddenCounts } from './listing.ts';
import { cleared, DEFAULT_NAMES, isNarrowed, type OffersView, withRange } from './offers-url.ts';
import { type Range, RangeInput } from './range-field.tsx';
import { sliderScale } from './range-scale.ts';

/** The ranges that are always there; the others come when they are wanted. */
const MAIN: readonly RangeField[] = [
  'dph_total',
  'gpu_total_ram',
  'reliability',
  'dlperf',
  'gpu_mem_bw',
  'inet_down',
  'duration',
];
const DEFAULT_TITLES: Readonly<Record<keyof MarketDefaults, readonly [title: string, about: string]>> = {
  verified: ['Verified only', 'The market has checked the machine'],
  not_external: ['Not external', 'Not listed for another market'],
  rentable: ['Rentable now', 'The market rents it out now'],
  not_rented: ['Not rented', 'Nobody has it now'],
};

/** What is asked for: the market's own defaults as switches, ranges, and values with their counts. */
export const FilterPanel = memo(function FilterPanel(props: {
  readonly offers: readonly PricedOffer[];
  readonly view: OffersView;
  /** Of the view as it is when it is called. */
  readonly onChange: (change: (view: OffersView) => OffersView) => void;
}): ReactNode {
  const { offers, view, onChange } = props;
  const [wanted, setWanted] = useState<readonly RangeField[]>([]);
  const scales = useMemo(
    () => new Map(RANGE_FIELDS.map((field) => [field, sliderScale(offers, field)])),
    [offers],
  );
  const facets = useMemo(
    () => ({
      gpu: facetOf(offers, view, 'gpu'),
      country: facetOf(offers, view, 'country'),
      verification: facetOf(offers, view, 'verification'),
    }),
    [offers, view],
  );
  const hides = useMemo(() => hiddenCounts(offers, view), [offers, view]);
  const fields = RANGE_FIELDS.filter(
    (field) => MAIN.includes(field) || wanted.includes(field) || view.ranges[field] !== undefined,
  ).toSorted((a, b) => rank(a) - rank(b));
  const setRange = useCallback(
    (field: RangeField, range: Range) =>
      onChange((now) => ({ ...now, ranges: withRange(now.ranges, field, range) })),
    [onChange],
  );
  const someOff = DEFAULT_NAMES.some((name) => !view.defaults[name]);
  return (
    <search className={styles.panel} aria-label="Filters">
      <div className={styles.head}>
        <h2>Filters</h2>
        {(isNarrowed(view) || view.brush !== null || someOff) && (
          <Button variant="subtle" onClick={() => onChange(cleared)}>
            Clear
          </Button>
        )}
      </div>
      <section aria-label="What the market hides">
        <h3 title="The market's own clients leave these out unless they are told otherwise">
          Hidden by the market's defaults
        </h3>
        {DEFAULT_NAMES.map((name) => {
          const [title, about] = DEFAULT_TITLES[name];
          return (
            <div key={name} className={styles.switch}>
              <Switch
                label={title}
                title={about}
                checked={view.defaults[name]}
                onChange={(event) => {
                  const on = event.currentTarget.checked;
                  onChange((now) => ({ ...now, defaults: { ...now.defaults, [name]: on } }));
                }}
              />
              <span className="faint figure" title={`${about}: ${hides[name]} offers are not`}>
                {view.defaults[name] ? 'hides' : 'would hide'} {formatCount(hides[name])}
              </span>
            </div>
          );
        })}
      </section>
      <section aria-label="Ranges">
        {fields.map((field) => (
          <RangeInput
            key={field}
            field={field}
            range={view.ranges[field]}
            scale={scales.get(field) ?? null}
            onChange={setRange}
          />
        ))}
        <Select
          aria-label="Another range"
          placeholder="Another range…"
          searchable
          value={null}
          maxDropdownHeight={320}
          data={RANGE_FIELDS.filter((field) => !fields.includes(field)).map((field) => ({
            value: field,
            label: offerField(field).title,
          }))}
          onChange={(value) => {
            const field = RANGE_FIELDS.find((one) => one === value);
            if (field !== undefined) setWanted((before) => [...before, field]);
          }}
        />
      </section>
      {FACETS.map(({ part, title }) => (
        <FacetList
          key={part}
          title={title}
          values={facets[part]}
          chosen={view[part]}
          onChange={(values) => onChange((now) => ({ ...now, [part]: values }))}
        />
      ))}
    </search>
  );
});

const FACETS = [
  { part: 'gpu', title: 'GPU' },
  { part: 'country', title: 'Country' },
  { part: 'verification', title: 'Verification' },
] as const;

/** The main ones first, in their order. */
const rank = (field: RangeField): number => {
  const at = MAIN.indexOf(field);
  return at < 0 ? MAIN.length + RANGE_FIELDS.indexOf(field) : at;
};
