import { z } from 'zod';
import { DOCS_POLICY, docsPage } from './docs-page.ts';
import { type Endpoint, endpoint, type Method } from './endpoint.ts';
import { costEndpoints } from './endpoints/costs.ts';
import { healthEndpoints } from './endpoints/health.ts';
import { jobEndpoints } from './endpoints/jobs.ts';
import { modelEndpoints } from './endpoints/models.ts';
import { runEndpoints } from './endpoints/runs.ts';
import { settingEndpoints } from './endpoints/settings.ts';
import { openApi } from './openapi.ts';

/** Everything that is served, and documented: once made, never changed. */
export function endpointTable(version: string): readonly Endpoint[] {
  const document = once(() => JSON.stringify(openApi(table, version)));
  const page = once(() => docsPage(table, version));
  const table: Endpoint[] = [
    ...jobEndpoints,
    ...runEndpoints,
    ...costEndpoints,
    ...modelEndpoints,
    ...settingEndpoints,
    ...healthEndpoints,
    endpoint({
      methods: ['GET'],
      path: '/v1/openapi.json',
      tag: 'documents',
      summary: 'This API as an OpenAPI document.',
      open: true,
      answers: [{ status: 200, about: 'OpenAPI 3.1', schema: z.record(z.string(), z.unknown()) }],
      handle: () => ({ status: 200, bytes: document(), type: 'application/json' }),
    }),
    endpoint({
      methods: ['GET'],
      path: '/v1/docs',
      tag: 'documents',
      summary: 'This API for people.',
      open: true,
      answers: [{ status: 200, about: 'a page', type: 'text/html; charset=utf-8' }],
      handle: () => ({
        status: 200,
        bytes: page(),
        type: 'text/html; charset=utf-8',
        headers: { 'content-security-policy': DOCS_POLICY },
      }),
    }),
  ];
  return table;
}

/** Made when it is first asked for: neither needs a token. */
function once(make: () => string): () => Buffer {
  let made: Buffer | null = null;
  return () => {
    made ??= Buffer.from(make());
    return made;
  };
}

export interface Match {
  /** The row's path as it is documented: what is logged. */
  readonly pattern: string;
  readonly params: Readonly<Record<string, string>>;
  readonly allowed: readonly Method[];
  readonly find: (method: string) => Endpoint | null;
}

/** Finds rows by a path's segments; literal ones win over those in braces. */
export function createFinder(table: readonly Endpoint[]): (segments: readonly string[]) => Match | null {
  const byPath = new Map<string, Endpoint[]>();
  for (const row of table) byPath.set(row.path, [...(byPath.get(row.path) ?? []), row]);
  const patterns = [...byPath].map(([pattern, rows]) => ({
    pattern,
    rows,
    parts: pattern.slice(1).split('/'),
  }));
  patterns.sort((a, b) => Number(a.pattern.includes('{')) - Number(b.pattern.includes('{')));
  return (segments) => {
    // A path's methods may stand in two rows whose braces have different names: POST {kind}, GET {id}.
    const fitting = patterns.filter(
      ({ parts }) =>
        parts.length === segments.length &&
        parts.every((part, i) => part.startsWith('{') || part === segments[i]),
    );
    const exact = fitting.find(({ pattern }) => !pattern.includes('{'));
    const used = exact === undefined ? fitting : [exact];
    const [first] = used;
    if (first === undefined) return null;
    const rows = used.flatMap((one) => one.rows);
    const params = Object.fromEntries(
      used.flatMap(({ parts }) =>
        parts.flatMap((part, i) => (part.startsWith('{') ? [[part.slice(1, -1), segments[i] ?? '']] : [])),
      ),
    );
    return {
      pattern: first.pattern,
      params,
      allowed: [...new Set(rows.flatMap(({ methods }) => methods))],
      find: (method) => rows.find(({ methods }) => methods.some((one) => one === method)) ?? null,
    };
  };
}
