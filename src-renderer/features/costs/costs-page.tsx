import type { ReactNode } from 'react';
import { COSTS_PAGES, type CostsPage as Page, paths } from '#renderer/client/routes.ts';
import { EmptyState } from '#renderer/widgets/notice.tsx';
import { View } from '#renderer/widgets/view.tsx';
import { ViewTabs } from '#renderer/widgets/view-tabs.tsx';
import { CalibrationPage } from './calibration-page.tsx';
import { pageOf, writeView } from './costs-url.ts';
import { EstimatesPage } from './estimates-page.tsx';
import { PricesPage } from './prices-page.tsx';
import { SimulatePage } from './simulate-page.tsx';
import { SpendPage } from './spend-page.tsx';
import { useCostsView } from './use-costs.ts';
import { useCostsActions } from './use-costs-actions.ts';

const TITLES: Readonly<Record<Page, string>> = {
  spend: 'Spend',
  estimates: 'Estimates',
  calibration: 'Calibration',
  'what-if': 'What-if',
  prices: 'Prices',
};

/** What jobs cost, what they were said to cost, and what they would cost. */
export function CostsPage(props: { readonly page: string | undefined }): ReactNode {
  const page = pageOf(props.page);
  const [view, setView] = useCostsView();
  // What the pages have in common goes along; what only one of them knows stays behind.
  const shared = writeView({ ...view, job: null, group: null, text: '', prices: 'all' }).toString();
  useCostsActions({ page, view, onView: setView, to: (one) => paths.costs(one, shared) });
  const tabs = (
    <ViewTabs
      title="Costs"
      tabs={COSTS_PAGES.map((one) => ({
        title: TITLES[one],
        to: paths.costs(one, shared),
        current: one === page,
      }))}
    />
  );
  switch (page) {
    case 'spend':
      return <SpendPage title={tabs} view={view} onView={setView} />;
    case 'estimates':
      return <EstimatesPage title={tabs} view={view} onView={setView} />;
    case 'calibration':
      return <CalibrationPage title={tabs} view={view} onView={setView} />;
    case 'what-if':
      return <SimulatePage title={tabs} view={view} onView={setView} />;
    case 'prices':
      return <PricesPage title={tabs} view={view} onView={setView} />;
    case null:
      return (
        <View title={tabs}>
          <EmptyState
            title="Costs has no such page"
            action={<a href={`#${paths.costs()}`}>Go to what was spent</a>}
          >
            The link may belong to another version.
          </EmptyState>
        </View>
      );
  }
}
