import type { Endpoint } from './reply.ts';

type Row = readonly [method: string, path: RegExp, endpoint: Endpoint];

// Every path ends with a slash, as there; the number is the first group.
const ROUTES: readonly Row[] = [
  ['POST', /^\/api\/v0\/bundles\/$/, 'search'],
  ['GET', /^\/api\/v0\/bundles\/$/, 'search-legacy'],
  ['PUT', /^\/api\/v0\/search\/asks\/$/, 'search-asks'],
  ['PUT', /^\/api\/v0\/asks\/(\d{1,15})\/$/, 'create'],
  ['GET', /^\/api\/v0\/instances\/(\d{1,15})\/$/, 'show'],
  ['PUT', /^\/api\/v0\/instances\/(\d{1,15})\/$/, 'manage'],
  ['DELETE', /^\/api\/v0\/instances\/(\d{1,15})\/$/, 'destroy'],
  ['PUT', /^\/api\/v0\/instances\/reboot\/(\d{1,15})\/$/, 'reboot'],
  ['PUT', /^\/api\/v0\/instances\/bid_price\/(\d{1,15})\/$/, 'bid'],
  ['PUT', /^\/api\/v0\/instances\/request_logs\/(\d{1,15})\/$/, 'request-logs'],
  ['GET', /^\/api\/v0\/instances\/$/, 'list-legacy'],
  ['GET', /^\/api\/v1\/instances\/$/, 'list'],
  ['GET', /^\/api\/v0\/volumes\/$/, 'volumes'],
  ['PUT', /^\/api\/v0\/volumes\/$/, 'volume-create'],
  ['DELETE', /^\/api\/v0\/volumes\/$/, 'volume-delete'],
  ['GET', /^\/api\/v0\/template\/$/, 'template'],
  ['GET', /^\/api\/v0\/users\/current\/$/, 'user'],
  ['GET', /^\/api\/v[01]\/charges\/$/, 'charges'],
];

/** The call that a request is; null where the API has none. */
export function findRoute(
  method: string,
  path: string,
): { readonly endpoint: Endpoint; readonly id: number | null } | null {
  for (const [verb, pattern, endpoint] of ROUTES) {
    const match = verb === method ? pattern.exec(path) : null;
    if (match !== null) return { endpoint, id: match[1] === undefined ? null : Number(match[1]) };
  }
  return null;
}
