import { Button, SegmentedControl, TextInput } from '@mantine/core';
import { type ReactNode, useRef, useState } from 'react';
import { useActions } from '#renderer/widgets/actions/use-actions.tsx';
import { EmptyState } from '#renderer/widgets/notice.tsx';
import { View } from '#renderer/widgets/view.tsx';
import { formatCount } from '#shared/lib/format.ts';
import type { PriceRow } from '#shared/model/costs.ts';
import { Answered } from './answered.tsx';
import styles from './costs.module.css';
import { PRICE_KINDS, type PriceKind } from './costs-url.ts';
import { PriceForm } from './price-form.tsx';
import { findPrices } from './prices-sort.ts';
import { PricesTable } from './prices-table.tsx';
import type { PageProps } from './spend-page.tsx';
import { usePrices } from './use-costs.ts';

const KIND_TITLES: Readonly<Record<PriceKind, string>> = {
  all: 'All',
  machines: 'Machines',
  models: 'Models',
  own: 'Yours',
};

/** Every price that estimates are made with: where it is from, how old it is, and the user's own, which win. */
export function PricesPage(props: PageProps): ReactNode {
  const { view, onView } = props;
  const prices = usePrices();
  const search = useRef<HTMLInputElement>(null);
  /** A row that is edited, or a new one. */
  const [form, setForm] = useState<PriceRow | 'new' | null>(null);
  useActions(
    [
      {
        id: 'costs.search',
        title: 'Search prices',
        group: 'Costs',
        keys: ['/'],
        run: () => search.current?.select(),
      },
      {
        id: 'costs.add-price',
        title: 'Add a price…',
        group: 'Costs',
        keys: ['a'],
        run: () => setForm('new'),
      },
    ],
    'part',
  );
  return (
    <View
      title={props.title}
      filter={
        <TextInput
          ref={search}
          className={styles.search}
          aria-label="Search prices"
          placeholder="Search prices  /"
          value={view.text}
          maxLength={128}
          onChange={(event) => onView({ ...view, text: event.currentTarget.value })}
        />
      }
      actions={
        <Button variant="default" title="Add a price that nobody lists  a" onClick={() => setForm('new')}>
          Add a price…
        </Button>
      }
    >
      <div className={styles.toolbar}>
        <SegmentedControl
          aria-label="Which prices"
          value={view.prices}
          data={PRICE_KINDS.map((value) => ({ value, label: KIND_TITLES[value] }))}
          onChange={(value) => onView({ ...view, prices: PRICE_KINDS.find((one) => one === value) ?? 'all' })}
        />
        <span className={styles.grow} />
        <span className={`dim ${styles.ellipsis}`}>
          US dollars, on demand, without tax. Your own price wins, then the live one, the cached one, the
          book's.
        </span>
      </div>
      <Answered query={prices} what="The prices could not be read." bones={[24, 400]}>
        {(all) => {
          const found = findPrices(all, view.text, view.prices);
          return found.length === 0 ? (
            <EmptyState
              title={view.prices === 'own' && view.text === '' ? 'No price is your own' : 'No price matches'}
              action={
                <Button variant="default" onClick={() => setForm('new')}>
                  Add a price…
                </Button>
              }
            >
              {view.prices === 'own' && view.text === ''
                ? 'A price of your own wins over the live one and the book: edit a row, or add what nobody lists.'
                : 'No provider, name, GPU, region or origin holds these words. What nobody lists can be added.'}
            </EmptyState>
          ) : (
            <div className={styles.page}>
              <p className={`dim ${styles.count}`} role="status">
                {found.length === all.length
                  ? `${formatCount(all.length)} prices`
                  : `${formatCount(found.length)} of ${formatCount(all.length)} prices`}
              </p>
              <PricesTable rows={found} kind={view.prices} onEdit={setForm} />
            </div>
          );
        }}
      </Answered>
      {form !== null && (
        <PriceForm
          row={form === 'new' ? null : form}
          known={prices.data ?? []}
          onClose={() => setForm(null)}
        />
      )}
    </View>
  );
}
