import type { S3Config } from '#core/archive/targets/s3-config.ts';
import { createS3Target } from '#core/archive/targets/s3-target.ts';
import type { ArchiveTarget } from '#core/archive/targets/target.ts';
import type { ConditionalWrites } from '#core/archive/targets/target-facts.ts';
import { TEST_CREDENTIAL } from './behaviour.ts';

export interface TestTarget {
  readonly target: ArchiveTarget;
  /** By place, as a store would keep them. */
  readonly facts: Map<string, ConditionalWrites>;
}

export const testS3Config = (endpoint: string, change: Partial<S3Config> = {}): S3Config => ({
  name: 'bucket',
  title: 'Test bucket',
  bucket: 'results',
  prefix: 'results/',
  endpoint,
  region: 'us-east-1',
  pathStyle: true,
  checksums: 'when_required',
  credentials: async () => TEST_CREDENTIAL,
  ...change,
});

/** The bucket `results` of the server at `endpoint` as an archive target, with facts in memory. */
export function testS3Target(
  endpoint: string,
  change: Partial<S3Config> & { readonly delivers?: boolean; readonly idleMs?: number } = {},
): TestTarget {
  const { delivers = true, idleMs, ...config } = change;
  const facts = new Map<string, ConditionalWrites>();
  const target = createS3Target(testS3Config(endpoint, config), {
    facts: { get: (place) => facts.get(place) ?? null, set: (place, value) => void facts.set(place, value) },
    delivers: () => delivers,
    ...(idleMs !== undefined && { idleMs }),
  });
  return { target, facts };
}
