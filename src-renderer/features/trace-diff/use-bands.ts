import { useQuery } from '@tanstack/react-query';
import { useApi } from '#renderer/client/query.tsx';
import type { Place } from '#renderer/client/routes.ts';
import { type BandsPlace, MAX_BAND_JOBS } from '#renderer/client/trace-links.ts';
import type { TraceBands } from '#shared/model/compare.ts';

export interface Banded {
  readonly bands: TraceBands;
  /** Jobs that the link names or its filter takes. */
  readonly wanted: number;
}

/** The jobs of the link, found where it has a filter, laid over one another by the engine. */
export function useBands(place: BandsPlace) {
  const { client } = useApi();
  return useQuery({
    queryKey: ['trace-bands', place],
    queryFn: async (): Promise<Banded | null> => {
      const { jobs, total } = await jobsOf(place, client);
      if (jobs.length === 0) return null;
      return { bands: await client.compare.bands({ jobs: [...jobs] }), wanted: total };
    },
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
    structuralSharing: false,
  });
}

/** The newest of a filter where it takes more than can be laid over one another. */
async function jobsOf(
  place: BandsPlace,
  client: ReturnType<typeof useApi>['client'],
): Promise<{ readonly jobs: readonly Place[]; readonly total: number }> {
  if ('jobs' in place) return { jobs: place.jobs, total: place.jobs.length };
  const pages = await Promise.all(
    place.sources.map(async (source) => {
      const { demo = false, ...where } = place.where;
      const page = await client.jobs.list({
        source,
        ...where,
        ...(demo ? {} : { demo: false }),
        limit: MAX_BAND_JOBS,
      });
      return { source, page };
    }),
  );
  const found = pages
    .flatMap(({ source, page }) =>
      page.jobs.map(({ job_id, tenant_id, created_at }) => ({
        source,
        job_id,
        created_at,
        identity: JSON.stringify([tenant_id, job_id]),
      })),
    )
    .sort((x, y) => y.created_at - x.created_at);
  const known = new Set<string>();
  const once = found.filter(({ identity }) => !known.has(identity) && known.add(identity));
  return {
    jobs: once.slice(0, MAX_BAND_JOBS).map(({ source, job_id }) => ({ source, job_id })),
    total: pages.every(({ page }) => page.jobs.length >= page.total)
      ? once.length
      : await countOf(place, client),
  };
}

/** Jobs beyond the pages may be in two sources, too: the comparison counts each once. */
async function countOf(
  { sources, where }: Extract<BandsPlace, { readonly sources: readonly string[] }>,
  client: ReturnType<typeof useApi>['client'],
): Promise<number> {
  const { jobs } = await client.compare.run({
    sources: [...sources],
    where: { ...where, demo: where.demo ?? false },
    by: 'kind',
    measure: 'job',
  });
  return jobs;
}
