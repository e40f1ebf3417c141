/**
 * An http address without userinfo, query, fragment and closing slashes: safe to show and to store. http:// is
 * assumed where no scheme is given; null for anything that is not an http or https address.
 */
export function cleanUrl(value: string): string | null {
  const text = value.trim();
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`);
  if (url === null || url.hostname === '' || !['http:', 'https:'].includes(url.protocol)) return null;
  url.username = '';
  url.password = '';
  url.search = '';
  url.hash = '';
  return url.href.replace(/\/+$/, '');
}
