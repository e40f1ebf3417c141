import { z } from 'zod';
import type { WireInstance } from './instance-wire.ts';
import { parseConditions, parseOrder } from './query.ts';
import { invalidArgs } from './refusal.ts';

const MAX_PAGE = 25;

const page = z.object({
  limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(MAX_PAGE),
  after_token: z.coerce.number().int().nonnegative().default(0),
});
const columns = z.array(z.object({ col: z.string(), dir: z.enum(['asc', 'desc']) })).max(8);
type Columns = z.infer<typeof columns>;

/** `GET /api/v1/instances/`: a page of those that meet the filters. The token is the id of the last one told. */
export function listInstances(
  instances: readonly WireInstance[],
  query: URLSearchParams,
): Readonly<Record<string, unknown>> {
  const parsed = page.safeParse(Object.fromEntries(query));
  if (!parsed.success)
    throw invalidArgs(`limit is at most ${MAX_PAGE}, after_token is the last answer's next_token`);
  const { limit, after_token } = parsed.data;
  const json = <T>(name: string, schema: z.ZodType<T>, otherwise: T): T => {
    const text = query.get(name);
    if (text === null || text === '') return otherwise;
    try {
      return schema.parse(JSON.parse(text));
    } catch {
      throw invalidArgs(`${name} cannot be read`);
    }
  };
  const known = (field: string): boolean => /^[a-z0-9_]{1,40}$/.test(field);
  const meets = parseConditions(json('select_filters', z.record(z.string(), z.unknown()), {}), known);
  const order = json<Columns>('order_by', columns, [{ col: 'id', dir: 'asc' }]);
  const found = instances.filter(meets).toSorted(
    parseOrder(
      order.map(({ col, dir }) => [col, dir]),
      known,
    ),
  );
  const start = after_token === 0 ? 0 : firstAfter(found, after_token, order[0]);
  const part = found.slice(start, start + limit);
  const wanted = json('select_cols', z.array(z.string()), ['*']);
  return {
    success: true,
    instances_found: part.length,
    total_instances: found.length,
    label_counts: countLabels(found),
    next_token: start + limit < found.length ? String(part.at(-1)?.id) : null,
    instances: wanted.includes('*')
      ? part
      : part.map((one) => Object.fromEntries(wanted.map((name) => [name, one[name]]))),
  };
}

/** Ordered by id, a page follows also on one whose last instance is gone by now. */
function firstAfter(
  found: readonly WireInstance[],
  token: number,
  order: Columns[number] | undefined,
): number {
  if (order !== undefined && order.col !== 'id') return found.findIndex(({ id }) => id === token) + 1;
  const sign = order?.dir === 'desc' ? -1 : 1;
  const index = found.findIndex(({ id }) => sign * (Number(id) - token) > 0);
  return index === -1 ? found.length : index;
}

function countLabels(instances: readonly WireInstance[]): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const { label } of instances) {
    const name = String(label ?? '');
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return Object.fromEntries(counts);
}
