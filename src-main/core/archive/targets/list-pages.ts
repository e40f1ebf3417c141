import { CodedError } from '#shared/model/failure.ts';
import type { ArchiveTarget, ListPage } from './target.ts';

/** Servers may answer with pages that hold nothing, but not for ever. */
const MAX_EMPTY_PAGES = 100;

/** Pages until the end; only keys after `after`. Throws `archive.bad_listing` when the server repeats itself or strays from the prefix. */
export async function* listPages(
  target: Pick<ArchiveTarget, 'list' | 'place'>,
  {
    prefix,
    delimiter = null,
    after = null,
  }: { readonly prefix: string; readonly delimiter?: '/' | null; readonly after?: string | null },
  signal: AbortSignal | undefined,
): AsyncGenerator<ListPage, void, undefined> {
  const tokens = new Set<string>();
  const beginnings = new Set<string>();
  let empty = 0;
  let token: string | undefined;
  for (;;) {
    const start = token === undefined ? { after: after ?? undefined } : { token };
    const page = await target.list({ prefix, delimiter, signal, ...start });
    const first = page.objects[0]?.key ?? page.prefixes[0];
    empty = first === undefined ? empty + 1 : 0;
    if (
      page.objects.some(({ key }) => !key.startsWith(prefix)) ||
      page.prefixes.some((path) => !path.startsWith(prefix))
    )
      throw badListing(target, `it answered a listing of ${prefix} with keys from elsewhere`);
    if (page.prefixes.includes(prefix))
      throw badListing(target, `it named ${prefix} as a folder inside itself`);
    if (
      (first !== undefined && beginnings.has(first)) ||
      (page.next !== null && tokens.has(page.next)) ||
      empty > MAX_EMPTY_PAGES
    )
      throw badListing(target, `its pages below ${prefix} repeat themselves without end`);
    yield page;
    if (page.next === null) return;
    if (first !== undefined) beginnings.add(first);
    tokens.add(page.next);
    token = page.next;
  }
}

const badListing = (target: Pick<ArchiveTarget, 'place'>, what: string): CodedError =>
  new CodedError('archive.bad_listing', `The listing of ${target.place} cannot be relied on: ${what}.`);
