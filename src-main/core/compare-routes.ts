import type { ImplementerInternalWithMiddlewares } from '@orpc/server';
import type { CompareQuery, compareContract } from '#shared/contract/compare.ts';
import { CodedError } from '#shared/model/failure.ts';
import type { SourceId } from '#shared/model/source.ts';
import { createBands } from './compare/bands.ts';
import { compareGroups } from './compare/compare.ts';
import type { Comparisons } from './compare/comparisons.ts';
import { explore } from './compare/explore.ts';
import { measuresIn } from './compare/measures.ts';
import { phaseBreakdown } from './compare/phases.ts';
import { type FigureSource, Populations } from './compare/population.ts';
import { prepare, prepareGroups } from './compare/prepare.ts';
import { trendOf } from './compare/trend.ts';
import { createTurns } from './compare/turns.ts';
import { judgeGroups } from './compare/verdicts.ts';
import type { Sources } from './sources/sources.ts';

export interface CompareDeps {
  readonly sources: Sources;
  readonly comparisons: Comparisons;
}

type NoContext = Record<never, never>;

/** Places of hand-picked jobs; the contract's limit of sources holds for them too. */
const MAX_SOURCES = 16;

/** The contract's comparisons over the comparison engine. */
export function compareRoutes(
  os: ImplementerInternalWithMiddlewares<typeof compareContract, NoContext, NoContext>,
  { sources, comparisons }: CompareDeps,
) {
  const populations = new Populations();
  const figuresOf = (ids: readonly SourceId[]): Promise<FigureSource[]> =>
    Promise.all(
      [...new Set(ids)].map(async (source) => ({ source, figures: (await sources.get(source)).figures() })),
    );
  // Nothing is awaited between the jobs and their figures: they are of one moment.
  const figuresFor = ({ sources: ids, pick }: Pick<CompareQuery, 'sources' | 'pick'>) =>
    figuresOf(pick === null ? ids : sourcesOf(pick));
  const trace = async (source: SourceId, jobId: string): Promise<ArrayBuffer> =>
    (await sources.get(source)).trace(jobId);
  const bands = createBands({ trace, figures: async (source) => (await sources.get(source)).figures() });

  return {
    measures: os.measures.handler(async ({ input }) => measuresIn(await figuresOf(input.sources))),
    run: os.run.handler(async ({ input }) => {
      const started = performance.now();
      const found = compareGroups(prepare(populations.of(await figuresFor(input)), input));
      return { ...found, took_ms: performance.now() - started };
    }),
    verdicts: os.verdicts.handler(async function* ({ input, signal }) {
      yield* judgeGroups(prepare(populations.of(await figuresFor(input)), input), {
        smallest: input.smallest,
        signal,
      });
    }),
    phases: os.phases.handler(async ({ input, signal }) => {
      const population = populations.of(await figuresFor(input));
      const { groups } = prepareGroups(population, input);
      return phaseBreakdown(population, groups, { trace, pause: createTurns(signal) });
    }),
    trend: os.trend.handler(async ({ input }) => {
      const { population, groups, values } = prepare(populations.of(await figuresFor(input)), input);
      return trendOf(population, groups, values, input.buckets);
    }),
    bands: os.bands.handler(({ input }) => bands(input.jobs)),
    explore: os.explore.handler(async ({ input }) => {
      const started = performance.now();
      const found = explore(populations.of(await figuresOf(input.sources)), input);
      return { ...found, took_ms: performance.now() - started };
    }),
    saved: {
      list: os.saved.list.handler(() => comparisons.list()),
      save: os.saved.save.handler(({ input }) => comparisons.save(input)),
      remove: os.saved.remove.handler(({ input }) => comparisons.remove(input.id)),
    },
  };
}

function sourcesOf({ a, b }: NonNullable<CompareQuery['pick']>): readonly SourceId[] {
  const ids = [...new Set([...a, ...b].map(({ source }) => source))];
  if (ids.length <= MAX_SOURCES) return ids;
  throw new CodedError(
    'request.invalid',
    `The jobs are from ${ids.length} sources, and at most ${MAX_SOURCES} are compared at a time. Import archived results first.`,
  );
}
