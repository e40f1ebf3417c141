export const LINK_SCHEME = 'runescope';
const MAX_LINK = 2048;
const VIEW = /^[\w./~%:@-]*$/;
const QUERY = /^[\w./~%:@&=+,-]*$/;

/** `runescope://jobs/ID?span=ID` is the view `#/s/own/jobs/ID?span=ID`; null for anything that is not such a link. */
export function hashOfLink(link: string): string | null {
  if (link.length > MAX_LINK || !link.toLowerCase().startsWith(`${LINK_SCHEME}://`)) return null;
  const [path = '', query] =
    link
      .slice(LINK_SCHEME.length + 3)
      .split('#', 1)[0]
      ?.split('?', 2) ?? [];
  const view = path.replace(/^\/+|\/+$/g, '');
  if (!VIEW.test(view) || view.split('/').includes('..') || !QUERY.test(query ?? '')) return null;
  // A bare job is one of our own store.
  const full = view === 'jobs' || view.startsWith('jobs/') ? `s/own/${view}` : view;
  return `#/${full}${query ? `?${query}` : ''}`;
}

/** The link among the arguments of a start, as Windows and Linux hand it over. */
export const linkAmong = (argv: readonly string[]): string | null =>
  argv.map(hashOfLink).find((hash) => hash !== null) ?? null;
