import type { ReactNode } from 'react';
import { formatUsd } from '#shared/lib/format.ts';
import type { Usd } from '#shared/model/units.ts';
import { exactUsd } from './cost-words.ts';
import { Figure } from './figure.tsx';

/** An amount, exact on hover; unknown is a dash that says why, never nothing. */
export const Money = (props: { readonly usd: Usd | null; readonly unknown?: string }): ReactNode => (
  <Figure text={formatUsd(props.usd)} exact={exactUsd(props.usd)} unknown={props.unknown} />
);
