import { join } from 'node:path';
import type { Verification } from '#shared/model/archive.ts';
import type { ReadRecord } from '../record/read-record.ts';
import type { ArchiveTarget } from '../targets/target.ts';

/** `s3://bucket/key`, or the file's path. */
export function uriOf(
  { kind, place, prefix }: Pick<ArchiveTarget, 'kind' | 'place' | 'prefix'>,
  key: string,
): string {
  if (kind === 's3') return `${/^s3:\/\/[^/\s]+/.exec(place)?.[0] ?? 's3:/'}/${key}`;
  const up = prefix
    .split('/')
    .slice(0, -1)
    .map(() => '..');
  return join(place, ...up, key);
}

/** Where a result comes from and what is known of it, in sentences. */
export function provenance(
  uri: string,
  { verdict, checks }: Verification,
  { notes }: ReadRecord,
): readonly string[] {
  const found = {
    unchanged: 'Its content is unchanged since it was written.',
    unsealed: 'It carries no hash, so nobody can tell whether it was changed.',
    failed: `Verifying it failed: ${checks.find(({ ok }) => ok === false)?.message ?? 'see its checks.'}`,
  };
  return [`An archived result, read from ${uri}. ${found[verdict]}`, ...notes];
}
