import type { ReactNode } from 'react';
import { paths } from '#renderer/client/routes.ts';
import { ViewTabs } from '#renderer/widgets/view-tabs.tsx';

/** The two parts of the view. */
export function CompareTabs(props: { readonly current: 'groups' | 'metrics' }): ReactNode {
  return (
    <ViewTabs
      title="Compare"
      tabs={[
        { title: 'Groups', to: paths.compare(), current: props.current === 'groups' },
        { title: 'Metrics', to: paths.explore(), current: props.current === 'metrics' },
      ]}
    />
  );
}
