import type { ArchiveFilter } from '#shared/contract/archive.ts';
import type { ArchiveFacets } from '#shared/model/archive.ts';
import { selectFolders, type Without } from './index-filter.ts';
import type { FolderRow, Snapshot } from './index-snapshot.ts';

/** Each facet counted under the other filters. `rows` (by position; null: all) is what text and newness leave. */
export function countFacets(
  snapshot: Snapshot,
  filter: ArchiveFilter,
  rows: Uint8Array | null,
): Omit<ArchiveFacets, 'state'> {
  const { folders, folderAt, sizes } = snapshot;
  const counts = new Float64Array(folders.length);
  const bytes = new Float64Array(folders.length);
  for (let at = 0; at < folderAt.length; at++) {
    if (rows !== null && rows[at] !== 1) continue;
    const folder = folderAt[at] ?? 0;
    counts[folder] = (counts[folder] ?? 0) + 1;
    bytes[folder] = (bytes[folder] ?? 0) + (sizes[at] ?? 0);
  }
  const sum = (without: Without, read: (folder: FolderRow) => string | null) => {
    const sums = new Map<string, { count: number; size_bytes: number }>();
    const isIn = selectFolders(folders, filter, without);
    folders.forEach((folder, at) => {
      const value = read(folder);
      const count = counts[at] ?? 0;
      if (value === null || count === 0 || isIn[at] !== 1) return;
      const known = sums.get(value) ?? { count: 0, size_bytes: 0 };
      sums.set(value, { count: known.count + count, size_bytes: known.size_bytes + (bytes[at] ?? 0) });
    });
    return [...sums];
  };
  const commonest = (entries: ReturnType<typeof sum>) =>
    entries
      .map(([value, { count }]) => ({ value, count }))
      .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
  return {
    tenants: commonest(sum('tenant', ({ tenant }) => tenant)),
    kinds: commonest(sum('kind', ({ kind }) => kind)),
    days: sum('date', ({ date }) => date)
      .map(([date, sums]) => ({ date, ...sums }))
      .sort((a, b) => (a.date < b.date ? -1 : 1)),
    other: counts[0] ?? 0,
  };
}
