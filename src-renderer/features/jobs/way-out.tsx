import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { paths } from '#renderer/client/routes.ts';

const WAYS: Readonly<Record<string, { readonly to: string; readonly title: string }>> = {
  'cost.unpriced': { to: paths.costs('prices'), title: 'Add a price' },
  'cost.price_invalid': { to: paths.costs('prices'), title: 'Look at the prices' },
  'cost.budget_exceeded': { to: paths.settings('costs'), title: 'Change the budget' },
  'cost.budget_reached': { to: paths.settings('costs'), title: 'Change the budget' },
  'cost.approval_needed': { to: paths.settings('costs'), title: 'Change when to ask' },
};

/** Where a job that money stopped can be helped; nothing for other failures. */
export function WayOut(props: { readonly code: string }): ReactNode {
  const way = WAYS[props.code];
  return way === undefined ? null : (
    <Button variant="default" component="a" href={`#${way.to}`}>
      {way.title}
    </Button>
  );
}
