import { COSTS } from './costs.ts';
import { HTTP } from './http.ts';
import { JOBS_AND_ARCHIVE } from './jobs-and-archive.ts';
import type { Migration } from './migration.ts';
import { RENTALS } from './rentals.ts';

/**
 * Our own tables, in the order in which they came. Append-only: a published migration is never edited, a change is a
 * new entry at the end.
 */
export const RUNESCOPE_MIGRATIONS: readonly Migration[] = [
  ...JOBS_AND_ARCHIVE,
  ...COSTS,
  ...RENTALS,
  ...HTTP,
];
