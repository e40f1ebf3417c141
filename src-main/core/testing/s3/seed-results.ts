import { createHash } from 'node:crypto';
import type { SeedItem } from './object-store.ts';

const TENANTS = ['default', 'acme', 'blue-team', 'research', 'tenant-of-a-longer-name'];
const KINDS = ['agentic-agent', 'benchmark', 'cost-estimate', 'ollama-instance'];
const FIRST_DAY_MS = Date.UTC(2024, 0, 1);
const DAY_MS = 86_400_000;

export interface SeedResults {
  readonly count: number;
  /** Days over which they are spread, from 2024-01-01; 730 when absent. */
  readonly days?: number;
  /** Least size of a body in bytes; the answer's text fills it up. 400 when absent. */
  readonly bytes?: number;
  readonly prefix?: string;
}

/**
 * Results as the upstream server is documented to write them: a bare record under
 * `results/{tenant}/{kind}/{date}/{id}.json`. The same call makes the same keys and bodies; a body is made when read.
 */
export function* resultItems({
  count,
  days = 730,
  bytes = 400,
  prefix = 'results/',
}: SeedResults): Iterable<SeedItem> {
  for (let i = 0; i < count; i++) {
    const id = uuidOf(i);
    const tenant = TENANTS[i % TENANTS.length] ?? '';
    const kind = KINDS[Math.floor(i / TENANTS.length) % KINDS.length] ?? '';
    const day = (i * 7919) % days;
    const ended = FIRST_DAY_MS + day * DAY_MS + (i % 86_000) * 1000;
    const date = new Date(ended).toISOString().slice(0, 10);
    const times = { created_at: ended / 1000 - 30, updated_at: ended / 1000 };
    const text = (answer: string) =>
      JSON.stringify({ id, tenant, kind, status: 'succeeded', result: { answer }, ...times });
    const padding = Math.max(0, bytes - text('').length);
    yield {
      key: `${prefix}${tenant}/${kind}/${date}/${id}.json`,
      body: () => Buffer.from(text('x'.repeat(padding))),
      size: text('').length + padding,
      lastModified: ended + 2000,
    };
  }
}

function uuidOf(n: number): string {
  const hex = createHash('md5').update(String(n)).digest('hex');
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, '$1-$2-4$3-8$4-$5');
}
