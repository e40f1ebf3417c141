import { paths } from '#renderer/client/routes.ts';
import {
  NO_FILTER,
  SET_FILTER_NAMES,
  SET_FILTERS,
  withSet,
  writeFilter,
} from '#renderer/widgets/job-filter/filter-codec.ts';
import { OWN } from '#shared/model/source.ts';
import type { EpochSeconds } from '#shared/model/units.ts';
import type { SpendBy } from './costs-url.ts';

/** The board's jobs behind a bar: of a time, and of one value where there is one. Demo jobs cost nothing. */
export function boardOf(of: {
  readonly from: EpochSeconds | null;
  readonly to: EpochSeconds | null;
  readonly by?: SpendBy;
  readonly key?: string | null;
}): string {
  const name = SET_FILTER_NAMES.find((one) => SET_FILTERS[one] === of.by);
  const cut = name === undefined || !of.key ? NO_FILTER : withSet(NO_FILTER, name, [of.key]);
  return `${paths.jobs(OWN)}?${writeFilter({ ...cut, from: of.from, to: of.to, demo: false })}`;
}
