import { type ReactNode, useState } from 'react';
import { navigate, useHashQuery } from '#renderer/client/hash-location.ts';
import { OFFERS_PAGES, type OffersPage as Page, paths } from '#renderer/client/routes.ts';
import { useActions } from '#renderer/widgets/actions/use-actions.tsx';
import { EmptyState } from '#renderer/widgets/notice.tsx';
import { View } from '#renderer/widgets/view.tsx';
import { ViewTabs } from '#renderer/widgets/view-tabs.tsx';
import { BrowsePage } from './browse-page.tsx';
import { pageOf } from './offers-url.ts';
import { MachinesPage } from './rentals/machines-page.tsx';
import { RentalsPage } from './rentals/rentals-page.tsx';

const TITLES: Readonly<Record<Page, string>> = {
  offers: 'Offers',
  rentals: 'Rentals',
  machines: 'Machines',
};

/** GPUs for rent, what was rented, and what its machines delivered. */
export function OffersPage(props: { readonly page: string | undefined }): ReactNode {
  const page = pageOf(props.page);
  const [query] = useHashQuery();
  // Who comes back from the rentals finds the offers as they were left.
  const [left, setLeft] = useState('');
  const text = query.toString();
  if (page === 'offers' && text !== left) setLeft(text);
  const to = (one: Page): string => paths.offers(one, one === 'offers' ? left : '');
  const step = (by: number): void => {
    const at = page === null ? 0 : OFFERS_PAGES.indexOf(page);
    const next = OFFERS_PAGES[(at + by + OFFERS_PAGES.length) % OFFERS_PAGES.length];
    if (next !== undefined) navigate(to(next));
  };
  useActions([
    {
      id: 'offers.next-page',
      title: 'Next page of Offers',
      group: 'Offers',
      keys: [']'],
      run: () => step(1),
    },
    {
      id: 'offers.previous-page',
      title: 'Previous page of Offers',
      group: 'Offers',
      keys: ['['],
      run: () => step(-1),
    },
  ]);
  const tabs = (
    <ViewTabs
      title="Offers"
      tabs={OFFERS_PAGES.map((one) => ({ title: TITLES[one], to: to(one), current: one === page }))}
    />
  );
  switch (page) {
    case 'offers':
      return <BrowsePage title={tabs} />;
    case 'rentals':
      return <RentalsPage title={tabs} />;
    case 'machines':
      return <MachinesPage title={tabs} />;
    case null:
      return (
        <View title={tabs}>
          <EmptyState
            title="Offers has no such page"
            action={<a href={`#${paths.offers()}`}>Go to the offers</a>}
          >
            The link may belong to another version.
          </EmptyState>
        </View>
      );
  }
}
