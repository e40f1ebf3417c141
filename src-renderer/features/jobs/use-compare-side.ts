import { z } from 'zod';
import { navigate } from '#renderer/client/hash-location.ts';
import { type Place, paths } from '#renderer/client/routes.ts';
import { type BoardFilter, DEFAULT_SORT, writeFilter } from '#renderer/widgets/job-filter/filter-codec.ts';
import { useStored } from '#renderer/widgets/stored.ts';
import type { JobRow } from '#shared/contract/types.ts';
import { OWN } from '#shared/model/source.ts';

const storedPlaces = z.array(z.object({ source: z.string(), job_id: z.string() }));
/** A link has to hold them. */
const MAX_PICKED = 1000;

export interface CompareSide {
  /** Jobs that were kept as side A of a comparison; from any source. */
  readonly kept: readonly Place[];
  readonly keep: (jobs: readonly JobRow[]) => void;
  /** Opens the comparison of what was kept with these. */
  readonly compare: (jobs: readonly JobRow[]) => void;
  /** Opens the comparison of everything the board shows. */
  readonly compareShown: (filter: BoardFilter) => void;
}

/** Hand-picks A against B on the board: A is kept while B is looked for. */
export function useCompareSide(source: string): CompareSide {
  const [kept, setKept] = useStored<readonly Place[]>('compare.a', storedPlaces, []);
  const placesOf = (jobs: readonly JobRow[]): readonly Place[] =>
    jobs.slice(0, MAX_PICKED).map(({ job_id }) => ({ source, job_id }));
  return {
    kept,
    keep: (jobs) => setKept(placesOf(jobs)),
    compare: (jobs) => navigate(paths.compare({ pick: { a: kept, b: placesOf(jobs) } })),
    compareShown: (filter) => navigate(paths.compare({ query: comparedQuery(filter, source) })),
  };
}

/** The board's filter as a comparison has it: demo jobs stay out unless only they are shown. */
export function comparedQuery(filter: BoardFilter, source: string): string {
  const demo = filter.demo === true ? true : null;
  const query = writeFilter({ ...filter, demo, sort: DEFAULT_SORT });
  if (source !== OWN) query.set('source', source);
  return query.toString();
}
