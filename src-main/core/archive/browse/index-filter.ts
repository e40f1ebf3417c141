import type { ArchiveFilter } from '#shared/contract/archive.ts';
import type { FolderRow } from './index-snapshot.ts';

/** Which part of a filter to leave out: a facet is counted under the others. */
export type Without = 'tenant' | 'kind' | 'date' | null;

/** By folder: whether its tenant, kind, date and shape match. */
export function selectFolders(
  folders: readonly FolderRow[],
  filter: ArchiveFilter,
  without: Without = null,
): Uint8Array {
  const tenants = without === 'tenant' ? null : wanted(filter.tenant);
  const kinds = without === 'kind' ? null : wanted(filter.kind);
  const from = without === 'date' ? undefined : filter.date_from;
  const to = without === 'date' ? undefined : filter.date_to;
  const { shape } = filter;
  return Uint8Array.from(folders, ({ tenant, kind, date }) => {
    if (shape !== undefined && (shape === 'other') !== (tenant === null)) return 0;
    if (tenants !== null && (tenant === null || !tenants.has(tenant))) return 0;
    if (kinds !== null && (kind === null || !kinds.has(kind))) return 0;
    if (from !== undefined && (date === null || date < from)) return 0;
    return to !== undefined && (date === null || date > to) ? 0 : 1;
  });
}

const wanted = (values: readonly string[] | undefined): ReadonlySet<string> | null =>
  values === undefined ? null : new Set(values);
