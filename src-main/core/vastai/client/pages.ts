import { z } from 'zod';
import type { CodedError } from '#shared/model/failure.ts';

const MAX_PAGES = 1000;

export const pageToken = z.union([z.string(), z.number()]).nullish();
export const tokenOf = (token: z.infer<typeof pageToken>): string | null =>
  token === undefined || token === null || token === '' ? null : String(token);

export interface Page<T> {
  readonly rows: readonly T[];
  readonly nextToken: string | null;
  /** All there are, where the market tells. */
  readonly total: number | null;
}

/** All pages, each row once, or `broken`: tokens that go round, or fewer rows than there are. */
export async function allPages<T>(
  fetchPage: (token: string | null) => Promise<Page<T>>,
  keyOf: (row: T) => string | number,
  broken: (why: string) => CodedError,
): Promise<readonly T[]> {
  const rows = new Map<string | number, T>();
  const tokens = new Set<string>();
  let token: string | null = null;
  for (let pages = 0; pages < MAX_PAGES; pages++) {
    const page: Page<T> = await fetchPage(token);
    for (const row of page.rows) rows.set(keyOf(row), row);
    if (page.nextToken === null) {
      if (page.total !== null && rows.size < page.total)
        throw broken(`its pages hold ${rows.size} of ${page.total}`);
      return [...rows.values()];
    }
    if (tokens.has(page.nextToken)) throw broken('its pages go round');
    tokens.add(page.nextToken);
    token = page.nextToken;
  }
  throw broken('its pages do not end');
}
